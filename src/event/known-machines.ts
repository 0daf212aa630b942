import type { MachineRule, VisitorRule } from './machine-rule.js';

const previews = 'https://github.com/monperrus/crawler-user-agents';
const gmass = 'https://www.gmass.co/blog/false-opens-in-gmail/';
const fieldGuide = 'https://check.live-direct-marketing.online/blog/bot-clicks-security-scanners-detect';

/**
 * What opens and clicks mails without anybody looking, one row a fact and where it is told. Networks are those that the
 * makers name for their own mail servers, from which nobody browses; what people browse through (Zscaler, Netskope, Cisco
 * Umbrella, Apple's relay, hosting companies) does not belong here. Operators add their own in sequences/machines.json.
 */
export const knownMachines: readonly MachineRule[] = [
  // Programs that load pictures before anybody looks.
  {
    name: 'Apple Mail Privacy',
    agents: ['=Mozilla/5.0'],
    on: 'open',
    source: 'https://help.socketlabs.com/docs/identifying-apple-mpp-opens-in-notification-api-events',
  },
  {
    name: 'Gmail fetching ahead',
    agents: [
      '=Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0',
    ],
    source: 'https://bird.com/en-gb/blog/gmail-prefetching-images',
  },

  // Guards of mailboxes, by the networks that their makers name.
  {
    name: 'Microsoft Defender',
    networks: ['40.92.0.0/15', '40.107.0.0/16', '52.100.0.0/14', '104.47.0.0/17'],
    source:
      'SPF record of spf.protection.outlook.com; https://learn.microsoft.com/microsoft-365/enterprise/urls-and-ip-address-ranges',
  },
  {
    name: 'Microsoft Defender',
    networks: ['2a01:111:f400::/48', '2a01:111:f403::/48'],
    source:
      'SPF record of spf.protection.outlook.com; https://learn.microsoft.com/microsoft-365/enterprise/urls-and-ip-address-ranges',
  },
  {
    name: 'Microsoft Safe Links',
    networks: ['40.94.0.0/16'],
    source: 'seen by many: https://stackoverflow.com/questions/67179134, https://github.com/mautic/mautic/issues/9400',
  },
  {
    name: 'Barracuda',
    networks: ['209.222.80.0/21', '64.235.144.0/20'],
    source: 'SPF record of spf.ess.barracudanetworks.com; ARIN NET-64-235-144-0-1',
  },
  {
    name: 'Mimecast',
    networks: [
      '205.139.110.0/23',
      '207.211.30.0/24',
      '207.211.31.0/25',
      '216.205.24.0/24',
      '63.128.21.0/24',
      '170.10.128.0/22',
      '170.10.132.0/23',
      '195.130.217.0/24',
      '91.220.42.0/24',
      '146.101.78.0/24',
    ],
    source: 'https://mimecastsupport.zendesk.com, "Mimecast Data Centers and URLs"',
  },
  {
    name: 'Proofpoint',
    networks: [
      '67.231.144.0/20',
      '148.163.128.0/19',
      '205.220.160.0/19',
      '66.159.224.0/19',
      '208.84.64.0/22',
      '208.86.200.0/22',
      '62.209.50.0/24',
      '91.209.104.0/24',
    ],
    source: 'https://proofpoint.my.site.com/support/PPSup_SupportInfo; ARIN, AS 26211',
  },
  {
    name: 'Symantec Email Security.cloud',
    networks: [
      '67.219.240.0/20',
      '85.158.136.0/21',
      '216.82.240.0/20',
      '193.109.254.0/23',
      '194.106.220.0/23',
      '195.245.230.0/23',
      '46.226.48.0/21',
      '117.120.16.0/21',
    ],
    source:
      'SPF record of spf.messagelabs.com; https://knowledge.broadcom.com/external/article/421057/restricting-your-email-traffic.html',
  },
  {
    // The whole company browses from it too.
    name: 'Trend Micro',
    networks: ['150.70.0.0/16'],
    weight: 'hint',
    source: 'https://helpcenter.trendmicro.com/en-us/article/tmka-18762',
  },

  // The same and others, where they say their names.
  { name: 'Barracuda', agents: ['^Barracuda', 'compatible; Barracuda'], source: gmass },
  { name: 'Proofpoint', agents: ['Proofpoint'], source: fieldGuide },
  { name: 'Mimecast', agents: ['Mimecast'], source: fieldGuide },
  { name: 'Cisco Secure Email', agents: ['CiscoSecureEmail', 'IronPort'], source: fieldGuide },
  { name: 'Trend Micro', agents: ['^TMES', 'Trend Micro'], source: fieldGuide },
  { name: 'Fortinet', agents: ['FortiMail', 'FortiSandbox', 'FortiGuard'], source: fieldGuide },
  { name: 'Sophos', agents: ['SophosLabs'], source: fieldGuide },
  {
    name: 'Google Safe Browsing',
    agents: ['Google-Safety'],
    source: 'https://developers.google.com/crawling/docs/crawlers-fetchers',
  },
  {
    // A person's Outlook asks by itself, and the browser that it opens then is the person's click.
    name: 'Microsoft Office asking after a link',
    agents: ['Microsoft Office Existence Discovery', 'ms-office', 'MSOffice', '^Microsoft Office'],
    on: 'click',
    source:
      'https://learn.microsoft.com/office/troubleshoot/office-suite-issues/office-feature-asks-document-authentication',
  },

  // What shows a preview of a link that somebody pasted.
  { name: 'Slack', agents: ['Slackbot', 'Slack-ImgProxy'], source: 'https://api.slack.com/robots' },
  { name: 'Teams and Skype', agents: ['SkypeUriPreview'], source: previews },
  { name: 'WhatsApp or Signal', agents: ['^WhatsApp/'], source: previews },
  { name: 'Telegram', agents: ['TelegramBot'], source: previews },
  { name: 'LinkedIn', agents: ['LinkedInBot'], source: previews },
  {
    name: 'Facebook',
    agents: ['facebookexternalhit', 'Facebot', 'meta-externalagent', 'meta-externalfetcher'],
    source: 'https://developers.facebook.com/docs/sharing/webmasters/web-crawlers/',
  },
  {
    name: 'X',
    agents: ['Twitterbot'],
    source: 'https://developer.x.com/docs/x-for-websites/cards/guides/getting-started',
  },
  { name: 'Discord', agents: ['Discordbot'], source: previews },
  { name: 'Viber', agents: ['^Viber/'], source: previews },
  {
    name: 'Bing',
    agents: ['BingPreview'],
    source: 'https://www.bing.com/webmasters/help/which-crawlers-does-bing-use-8c184ec0',
  },
  {
    name: 'Google',
    agents: ['Google-PageRenderer', 'Google Web Preview', 'GoogleDocs', 'Google-Read-Aloud'],
    source: 'https://developers.google.com/crawling/docs/crawlers-fetchers',
  },
  { name: 'VK', agents: ['vkShare'], source: previews },
  { name: 'Embedly', agents: ['Embedly'], source: previews },
  { name: 'Iframely', agents: ['Iframely'], source: previews },

  // What says of itself that it is no person. CUBOT is a telephone: "bot" alone is not enough.
  {
    name: 'A robot by its own words',
    agents: ['bot/', 'bot;', 'bot)', ' bot', 'crawler', 'spider', 'scanner', '+http://', '+https://'],
    source: 'https://www.rfc-editor.org/rfc/rfc9110#section-10.1.2 (robots name how to reach who runs them)',
  },
  {
    name: 'A browser without a window',
    agents: ['HeadlessChrome', 'PhantomJS', 'SlimerJS'],
    source: 'https://developer.chrome.com/docs/chromium/headless',
  },

  // Programs that people write programs with.
  { name: 'curl', agents: ['^curl/', 'libcurl'], source: 'https://curl.se/docs/manpage.html#-A' },
  { name: 'wget', agents: ['^Wget'], source: 'https://www.gnu.org/software/wget/manual/' },
  { name: 'HTTPie', agents: ['^HTTPie/'], source: 'https://httpie.io/docs/cli' },
  { name: 'Python', agents: ['^python', 'aiohttp/', '^Scrapy/'], source: gmass },
  { name: 'Go', agents: ['^Go-http-client/'], source: 'https://pkg.go.dev/net/http' },
  { name: 'Java', agents: ['^Java/', '^Java-http-client', '^Apache-HttpClient', '^AHC/'], source: gmass },
  // Mail programs for Android load pictures by it for people.
  { name: 'OkHttp', agents: ['^okhttp/'], on: 'click', source: gmass },
  {
    name: 'Node.js',
    agents: ['=node', '=undici', '^node-fetch/', '^axios/', '^got ', '^superagent'],
    source: 'https://nodejs.org/api/globals.html#fetch',
  },
  { name: 'Perl', agents: ['libwww-perl', 'lwp-'], source: 'https://metacpan.org/pod/LWP::UserAgent' },
  {
    name: 'PHP',
    agents: ['^PHP/', '^GuzzleHttp', '^Symfony'],
    source: 'https://www.php.net/manual/en/filesystem.configuration.php#ini.user-agent',
  },
  {
    name: 'Ruby',
    agents: ['=Ruby', '^Faraday', '^http.rb/'],
    source: 'https://docs.ruby-lang.org/en/master/Net/HTTP.html',
  },
  { name: 'Dart', agents: ['^Dart/'], source: 'https://api.dart.dev/dart-io/HttpClient/userAgent.html' },
  { name: 'Lua', agents: ['lua-resty-http'], source: gmass },
  {
    name: 'PowerShell',
    agents: ['WindowsPowerShell', 'PowerShell/'],
    source: 'https://learn.microsoft.com/powershell/module/microsoft.powershell.utility/invoke-webrequest',
  },
  { name: 'HubSpot', agents: ['^HubSpot'], source: gmass },
  { name: 'Amazon CloudFront', agents: ['=Amazon CloudFront'], source: gmass },
];

/** What fetches pictures when a person looks at them, and hides who: a person's open, and one client for everybody. */
export const knownReaders: readonly VisitorRule[] = [
  {
    name: 'Gmail’s picture proxy',
    agents: ['GoogleImageProxy'],
    source: 'https://www.scientiamobile.com/what-is-google-image-proxy/',
  },
  {
    name: 'Yahoo’s mail proxy',
    agents: ['YahooMailProxy'],
    source: 'https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html',
  },
];

/** What people read with that looks like a program of a program. */
export const knownPeople: readonly VisitorRule[] = [
  {
    name: 'A text browser',
    agents: ['^Lynx/', '^w3m/', '^Links (', '^ELinks/'],
    source: 'http://links.twibright.com/user_en.html',
  },
];
