/** Local parts behind which a part of a company stands rather than a person: those of RFC 2142, and what is usual beside them. */
export const roleNames: ReadonlySet<string> = new Set(
  `
  info marketing sales support
  abuse noc security
  postmaster hostmaster usenet news webmaster www uucp ftp
  admin administrator root sysadmin it ithelp itsupport helpdesk servicedesk operations ops devops
  contact contactus contacts hello hi team staff everyone all office reception frontdesk secretary mail mailbox email post
  help service services customerservice customercare customersupport care success feedback complaints returns claims
  billing accounts accounting accountspayable accountsreceivable ap ar invoice invoices payments payroll finance treasury
  orders order purchasing procurement logistics dispatch shipping warehouse
  enquiries enquiry inquiries inquiry questions quotes bookings booking reservations events
  hr jobs job careers career recruiting recruitment people personnel applications
  press media pr communications newsroom editor editorial publicity advertising ads partners partnership affiliates
  legal compliance privacy gdpr dpo dataprotection datenschutz
  noreply no-reply donotreply do-not-reply mailer-daemon mailerdaemon bounce bounces newsletter newsletters subscribe unsubscribe
  kontakt kundenservice vertrieb verkauf einkauf buchhaltung rechnung bewerbung anfrage bestellung zentrale buero empfang
  contacto ventas compras administracion soporte ayuda facturacion
  commercial contactez facturation comptabilite accueil recrutement achats
  informazioni amministrazione vendite acquisti segreteria fatturazione
  contato vendas financeiro atendimento
  sprzedaz biuro kontor verkoop inkoop administratie
  `
    .trim()
    .split(/\s+/),
);
