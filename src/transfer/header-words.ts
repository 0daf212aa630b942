/**
 * What columns are called in the files that people have: by the languages of their programs, and by the exports of HubSpot,
 * Mailchimp, ActiveCampaign, Salesforce and LinkedIn. Written as `plainWord` makes them: no accents, spaces or signs.
 */
export const headerWords: Readonly<Record<string, readonly string[]>> = {
  email: words(
    'email emailaddress mail mailaddress emailadresse adresseemail mailadresse eadresse emailaddresse adressemail adressemel mel courriel',
    'adresseelectronique adressecourriel correo correoelectronico direccioncorreoelectronico enderecodeemail indirizzoemail',
    'indirizzodipostaelettronica posta epost epostadress epostadresse sahkoposti sahkopostiosoite adresemail adresmail primaryemail',
    'email1 emailprimary contactemail subscriberemail メールアドレス 电子邮件 邮箱',
  ),
  firstName: words(
    'firstname first givenname forename fname contactfirstname prenom vorname rufname nombre primernombre nome primeironome',
    'voornaam fornavn fornamn etunimi imie',
  ),
  lastName: words(
    'lastname last surname familyname lname contactlastname nom nomdefamille nachname familienname name2 apellido apellidos',
    'cognome sobrenome achternaam etternavn efternavn efternamn sukunimi nazwisko',
  ),
  timezone: words('timezone tz fuseauhoraire zeitzone zonahoraria fusoorario fusohorario tijdzone'),
  locale: words(
    'locale language preferredlanguage contactlanguage langue sprache idioma lingua taal sprak kieli jezyk',
  ),
  tags: words('tags tag labels label etiquettes schlagworte schlagworter stichworte etiquetas etichette'),
  consent: words(
    'consent optin optinstatus marketingconsent emailmarketingconsent marketingoptin subscriptionstatus emailstatus',
    'consentement einwilligung zustimmung consentimiento consenso toestemming',
  ),
  consentSource: words('consentsource optinsource'),
  consentAt: words('consentat consentdate consentedat optintime optindate confirmtime dateduconsentement'),
  jobTitle: words(
    'jobtitle title position role function jobfunction fonction poste intituledeposte berufsbezeichnung positionsbezeichnung stelle',
    'cargo puesto ruolo functie stilling titel',
  ),
  company: words(
    'company companyname organisation organization organisationname organizationname account accountname firma firmenname',
    'unternehmen societe entreprise nomdelentreprise raisonsociale empresa azienda societa bedrijf bedrijfsnaam foretag yritys associatedcompany',
  ),
  country: words('country countryregion countrycode mailingcountry billingcountry land pays pais paese cc maa kraj'),
  companySize: words(
    'companysize unternehmensgrosse firmengrosse size employees numberofemployees noofemployees employeecount mitarbeiter mitarbeiterzahl anzahlmitarbeiter',
    'effectif effectifs nombredesalaries numerodeempleados dipendenti',
  ),
  phone: words('phone phonenumber telephone telefon telefonnummer telephonenumber telefono telefone tel businessphone'),
  mobile: words('mobile mobilephone mobilephonenumber cell cellphone handy mobiltelefon portable movil cellulare'),
  city: words('city town mailingcity billingcity ort stadt ville ciudad citta cidade stad'),
  website: words('website websiteurl companydomainname url webseite siteweb sitioweb'),
  source: words('source leadsource originalsource herkunft quelle origine origen'),
};

function words(...lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => line.split(' ')).map(plainWord);
}

/** A name as two spellings of it share it: "E-Mail Adresse" and "email_adresse". */
export function plainWord(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('ß', 'ss')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** "Job Title (main)" as jobTitleMain: a name that fields can have; '' where nothing of it can stand in one. */
export function camelCase(text: string): string {
  const parts = text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('ß', 'ss')
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean);
  const [first = '', ...others] = parts.map((part) => (/^[A-Z\d]+$/.test(part) ? part.toLowerCase() : part));
  const name = [first.charAt(0).toLowerCase() + first.slice(1), ...others.map(capital)].join('');
  return name.replace(/^\d+/, '').slice(0, 60);
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
