// Everything that the page says, in English and German. Where a sentence has parts, it is a function of them.

const plural = (number, one, several) => `${number} ${number === 1 ? one : several}`;

/** Why a mail came back, with the code behind it. */
function bounce(code, reasons) {
  if (!code) return "";
  const known = Object.keys(reasons).find((start) => code.startsWith(start));
  return known ? `: ${reasons[known]} (${code})` : ` (${code})`;
}

const en = {
  title: "Help desk",
  home: "All pages",
  language: "Language",
  reason: "Ticket",
  reasonHint: "Why you look. Kept with your name in the customer's record.",
  reasonWrong: "3 to 200 plain characters, without @ and umlauts: the number of a ticket.",
  reasonFirst: "First say why: enter the ticket.",
  search: "Customer",
  by: "Search by",
  byPrefix: "E-mail",
  byName: "Name",
  hits: "Customers",
  keys: "/ to search, ↓ ↑ to choose, Enter to open, Esc to go back",
  openHint: "Find a customer to see the account and to help.",
  back: "← Back to the list",
  state: "State of the account",
  help: "Help",
  access: "Signing in",
  profile: "Profile",
  addresses: "Addresses",
  history: "What happened",
  cancel: "Cancel",
  change: "Change",
  findHint: {
    prefix: "The first letters of the address.",
    name: "Parts of the name, in any order. Takes a few seconds.",
    reference: "Enter opens this reference.",
    short: "Three characters or more.",
  },
  searching: "Searching…",
  loading: "Loading…",
  found: (number, more, incomplete) =>
    (number === 0 ? "Nobody found." : plural(number, "customer", "customers")) +
    (more ? " and more. Type more letters." : "") +
    (incomplete ? " The search ran out of time, so there may be others." : ""),
  tryName: (text) => `Search names for “${text}”`,
  openReference: (text) => `Open the reference “${text}”`,
  noName: "No name",
  anonymised: "Anonymised customer",
  badges: {
    unreachable: "Mail does not arrive",
    confirmed: "E-mail confirmed",
    unconfirmed: "E-mail not confirmed",
    anonymised: "Anonymised",
    noPassword: "No password until a reset",
    locked: "Locked for a few minutes",
  },
  unreachable: "Mail to this e-mail does not arrive.",
  empties: "This e-mail was never confirmed: the reset empties name and addresses.",
  takeBack: (until) => `A former e-mail can take the account back until ${until}.`,
  attempts: ({ failedAttempts, places, lockedPlaces }) =>
    failedAttempts === 0
      ? "No failed attempts in the last 15 minutes."
      : `${plural(failedAttempts, "failed attempt", "failed attempts")} from ${plural(places, "place", "places")} in ` +
        "the last 15 minutes. " +
        (lockedPlaces === 0
          ? "Nothing is locked."
          : `${plural(lockedPlaces, "place is", "places are")} locked; that ends by itself within five minutes.`),
  noSessions: "Signed in nowhere.",
  session: (device, seen, since) => [device ?? "Unknown device", `last seen ${seen}, signed in ${since}`],
  facts: {
    salutation: "Salutation",
    gender: "Gender",
    dateOfBirth: "Date of birth",
    createdAt: "Registered",
    updatedAt: "Changed",
    acceptedTermsAt: "Terms accepted",
    language: "Language of mails",
    confirmedAt: "E-mail confirmed since",
    pendingEmail: "New e-mail, not confirmed yet",
    takeBackUntil: "A former e-mail can take the account back until",
  },
  values: {
    en: "English", de: "German", fr: "French", es: "Spanish", it: "Italian", nl: "Dutch", pl: "Polish",
  },
  noAddresses: "No addresses.",
  shipping: "Ships here",
  billing: "Bills here",
  localTimes: (zone) => `Times are those of this computer (${zone}).`,
  nothing: "Nothing in the last 30 days.",
  mails: {
    confirmation: "Confirmation mail",
    "password-reset": "Reset mail",
    "password-changed": "Notice of a changed password",
    "email-changed": "Notice of a changed e-mail",
    "session-reused": "Warning of a copied session",
    "account-erased": "Notice of erasure",
  },
  states: {
    waiting: () => "waits to be sent",
    rejected: (why) => `was not sent${why ? `: ${why}` : ""}`,
    sent: () => "was sent; no word from the recipient's server yet",
    withheld: () => "was not sent, because an earlier mail to the address bounced or was marked as spam",
    delayed: (why) => `is delayed: the recipient's server asks to wait${why ? ` (${why})` : ""}`,
    delivered: () => "was taken by the recipient's server (which does not mean read)",
    refused: () => "was refused by the mail service",
    bounced: (code) => `came back${bounce(code, en.bounces)}`,
    complained: () => "was marked as spam by its reader: do not send again",
  },
  bounces: {
    "Permanent/OnAccountSuppressionList": "the mail service did not even try, because an earlier mail did not arrive",
    Permanent: "there is no such mailbox, or its server refuses mail for good",
    "Transient/MailboxFull": "the mailbox is full",
    Transient: "the mailbox could not be reached for now, which may pass",
  },
  suppressed:
    "The mail service no longer tries the address that this mail went to. Once that mailbox works again, an " +
    "operator runs this with it:",
  trail: {
    show: (who) => `${who} looked at the account`,
    "send-reset": (who) => `${who} ordered a reset mail`,
    "send-confirmation": (who) => `${who} ordered a confirmation mail`,
    "sign-out": (who) => `${who} ended every session`,
    secure: (who) => `${who} secured the account`,
    confirm: (who) => `${who} confirmed the e-mail`,
    "change-email": (who) => `${who} changed the e-mail`,
    anonymise: (who) => `${who} anonymised the customer`,
    other: (who, action) => `${who}: ${action}`,
  },
  ticket: (reason) => `ticket ${reason}`,
  from: (address) => `from ${address}`,
  actions: {
    "send-reset": {
      name: "Mail a password reset",
      what: "A link to choose a new password.",
      done: "A reset mail is ordered.",
      held: "No mail: enough were mailed lately. Try again later.",
    },
    "send-confirmation": {
      name: "Mail a confirmation",
      what: "A link that confirms the e-mail.",
      done: "A confirmation mail is ordered.",
      held: "No mail: enough were mailed lately. Try again later.",
    },
    "sign-out": {
      name: "Sign out everywhere",
      what: "Ends every session.",
      done: "Every session has ended.",
    },
    secure: {
      name: "Secure the account",
      what: "Somebody else has it: voids the password, ends every session, mails a reset.",
      sure: (email) =>
        "The password becomes void, every session ends, every mailed link becomes void, and a reset mail " +
        `goes to ${email}. Ask whether that is still theirs; if not, an operator changes the e-mail.`,
      done: "The account is secured; a reset mail is ordered.",
    },
    confirm: {
      name: "Mark as confirmed",
      what: "Without a mail: only if you know the e-mail is theirs.",
      sure: (email) => `Do you know that ${email} is theirs? Whoever reads its mails can get into the account.`,
      done: "The e-mail is confirmed.",
    },
    "change-email": {
      name: "Change the e-mail",
      what: "Only for whom you have identified. Danger: this is how accounts are stolen.",
      sure: () =>
        "The password becomes void, every session ends, and the old address has no way back. A notice goes to it if " +
        "it was confirmed, and a confirmation to the new one.",
      field: "New e-mail",
      done: "The e-mail is changed.",
    },
    anonymise: {
      name: "Anonymise",
      what: "Erases the customer for good.",
      sure: () => "Name, e-mail and addresses are erased. This cannot be undone.",
      field: "Type the reference to go on",
      mismatch: "That is another reference.",
      done: "The customer is anonymised.",
    },
  },
  customer: (name, reference) => `${name}, ${reference}`,
  because: (reason) => `Ticket: ${reason}`,
  about: (reference, text) => `${reference}: ${text}`,
  notReloaded: "The customer could not be loaded again.",
  working: "Working…",
  problems: {
    offline: "No answer from this page's own program. Is it still running?",
    unreachable: "No connection to the API, so nothing was done. Is its address right, and are you online?",
    notDesk: "The answer is not one of a help desk. Is the API's address right, with its stage?",
    unclear: "It is unknown whether it was done: look at the customer again.",
    unsigned:
      "The API does not accept the signature, or has no help desk at this address. Have the credentials " +
      "expired?",
    forbidden: "Your role may not do that.",
    unknown: "There is no such customer.",
    busy: "Too many requests. Try again in a moment.",
    unavailable: "The service does not answer in time. Try again in a moment.",
    other: (status) => `That did not work (status ${status}).`,
    reference: "The customer is anonymised, or the action makes no sense any more.",
    email: "That is no e-mail address that can be used.",
    taken: "Another customer has this e-mail.",
  },
};

const de = {
  title: "Kundendienst",
  home: "Alle Seiten",
  language: "Sprache",
  reason: "Ticket",
  reasonHint: "Warum Sie nachsehen. Steht mit Ihrem Namen in der Akte.",
  reasonWrong: "3 bis 200 einfache Zeichen, ohne @ und Umlaute: die Nummer eines Tickets.",
  reasonFirst: "Zuerst der Grund: Geben Sie das Ticket ein.",
  search: "Kunde",
  by: "Suchen nach",
  byPrefix: "E-Mail",
  byName: "Name",
  hits: "Kunden",
  keys: "/ zum Suchen, ↓ ↑ zum Wählen, Enter zum Öffnen, Esc zurück",
  openHint: "Suchen Sie einen Kunden, um das Konto zu sehen und zu helfen.",
  back: "← Zurück zur Liste",
  state: "Zustand des Kontos",
  help: "Helfen",
  access: "Anmeldung",
  profile: "Profil",
  addresses: "Adressen",
  history: "Was geschehen ist",
  cancel: "Abbrechen",
  change: "Ändern",
  findHint: {
    prefix: "Der Anfang der Adresse.",
    name: "Teile des Namens, in beliebiger Folge. Dauert ein paar Sekunden.",
    reference: "Enter öffnet diese Kundennummer.",
    short: "Mindestens drei Zeichen.",
  },
  searching: "Suche läuft…",
  loading: "Wird geladen…",
  found: (number, more, incomplete) =>
    (number === 0 ? "Niemand gefunden." : plural(number, "Kunde", "Kunden")) +
    (more ? " und weitere. Tippen Sie mehr Buchstaben." : "") +
    (incomplete ? " Die Zeit reichte nicht, es kann weitere geben." : ""),
  tryName: (text) => `Namen nach „${text}“ durchsuchen`,
  openReference: (text) => `Kundennummer „${text}“ öffnen`,
  noName: "Ohne Namen",
  anonymised: "Anonymisierter Kunde",
  badges: {
    unreachable: "Mail kommt nicht an",
    confirmed: "E-Mail bestätigt",
    unconfirmed: "E-Mail nicht bestätigt",
    anonymised: "Anonymisiert",
    noPassword: "Ohne Passwort bis zum Zurücksetzen",
    locked: "Für ein paar Minuten gesperrt",
  },
  unreachable: "Mails an diese E-Mail kommen nicht an.",
  empties: "Diese E-Mail wurde nie bestätigt: Das Zurücksetzen leert Name und Adressen.",
  takeBack: (until) => `Eine frühere E-Mail kann das Konto noch bis ${until} zurückholen.`,
  attempts: ({ failedAttempts, places, lockedPlaces }) =>
    failedAttempts === 0
      ? "Kein Fehlversuch in den letzten 15 Minuten."
      : `${plural(failedAttempts, "Fehlversuch", "Fehlversuche")} von ${plural(places, "Ort", "Orten")} aus in den ` +
        "letzten 15 Minuten. " +
        (lockedPlaces === 0
          ? "Nichts ist gesperrt."
          : `${plural(lockedPlaces, "Ort ist", "Orte sind")} gesperrt; das endet in höchstens fünf Minuten von selbst.`),
  noSessions: "Nirgends angemeldet.",
  session: (device, seen, since) => [device ?? "Unbekanntes Gerät", `zuletzt ${seen}, angemeldet ${since}`],
  facts: {
    salutation: "Anrede",
    gender: "Geschlecht",
    dateOfBirth: "Geburtsdatum",
    createdAt: "Registriert",
    updatedAt: "Geändert",
    acceptedTermsAt: "AGB akzeptiert",
    language: "Sprache der Mails",
    confirmedAt: "E-Mail bestätigt seit",
    pendingEmail: "Neue E-Mail, noch unbestätigt",
    takeBackUntil: "Frühere E-Mail kann das Konto zurückholen bis",
  },
  values: {
    en: "Englisch", de: "Deutsch", fr: "Französisch", es: "Spanisch", it: "Italienisch", nl: "Niederländisch",
    pl: "Polnisch", Female: "weiblich", Male: "männlich",
    Mr: "Herr", Ms: "Frau", Mrs: "Frau", Dr: "Dr.", "n/a": "keine",
  },
  noAddresses: "Keine Adressen.",
  shipping: "Lieferadresse",
  billing: "Rechnungsadresse",
  localTimes: (zone) => `Zeiten dieses Computers (${zone}).`,
  nothing: "Nichts in den letzten 30 Tagen.",
  mails: {
    confirmation: "Bestätigungsmail",
    "password-reset": "Mail zum Zurücksetzen",
    "password-changed": "Hinweis auf ein geändertes Passwort",
    "email-changed": "Hinweis auf eine geänderte E-Mail",
    "session-reused": "Warnung vor einer kopierten Sitzung",
    "account-erased": "Hinweis auf die Löschung",
  },
  states: {
    waiting: () => "wartet auf den Versand",
    rejected: (why) => `wurde nicht verschickt${why ? `: ${why}` : ""}`,
    sent: () => "wurde verschickt; der Server des Empfängers hat noch nichts gemeldet",
    withheld: () =>
      "wurde nicht verschickt, weil eine frühere Mail an die Adresse zurückkam oder als Spam markiert " +
      "wurde",
    delayed: (why) => `verspätet sich: Der Server des Empfängers bittet um Geduld${why ? ` (${why})` : ""}`,
    delivered: () => "wurde vom Server des Empfängers angenommen (das heißt nicht: gelesen)",
    refused: () => "wurde vom Maildienst abgelehnt",
    bounced: (code) => `kam zurück${bounce(code, de.bounces)}`,
    complained: () => "wurde als Spam markiert: nicht noch einmal senden",
  },
  bounces: {
    "Permanent/OnAccountSuppressionList": "der Maildienst hat es nicht versucht, weil eine frühere Mail nicht ankam",
    Permanent: "das Postfach gibt es nicht, oder sein Server nimmt auf Dauer nichts an",
    "Transient/MailboxFull": "das Postfach ist voll",
    Transient: "das Postfach war vorübergehend nicht erreichbar",
  },
  suppressed:
    "Der Maildienst versucht die Adresse dieser Mail nicht mehr. Sobald das Postfach wieder funktioniert, führt " +
    "die Technik das mit ihr aus:",
  trail: {
    show: (who) => `${who} sah sich das Konto an`,
    "send-reset": (who) => `${who} ließ eine Mail zum Zurücksetzen senden`,
    "send-confirmation": (who) => `${who} ließ eine Bestätigungsmail senden`,
    "sign-out": (who) => `${who} beendete alle Sitzungen`,
    secure: (who) => `${who} sicherte das Konto`,
    confirm: (who) => `${who} bestätigte die E-Mail`,
    "change-email": (who) => `${who} änderte die E-Mail`,
    anonymise: (who) => `${who} anonymisierte den Kunden`,
    other: (who, action) => `${who}: ${action}`,
  },
  ticket: (reason) => `Ticket ${reason}`,
  from: (address) => `von ${address}`,
  actions: {
    "send-reset": {
      name: "Passwort zurücksetzen lassen",
      what: "Mailt einen Link für ein neues Passwort.",
      done: "Die Mail zum Zurücksetzen ist in Auftrag.",
      held: "Keine Mail: Es gab zuletzt schon genug davon. Versuchen Sie es später.",
    },
    "send-confirmation": {
      name: "Bestätigung mailen",
      what: "Mailt einen Link, der die E-Mail bestätigt.",
      done: "Die Bestätigungsmail ist in Auftrag.",
      held: "Keine Mail: Es gab zuletzt schon genug davon. Versuchen Sie es später.",
    },
    "sign-out": {
      name: "Überall abmelden",
      what: "Beendet alle Sitzungen.",
      done: "Alle Sitzungen sind beendet.",
    },
    secure: {
      name: "Konto sichern",
      what: "Jemand anderes hat Zugriff darauf: Passwort ungültig, alle Sitzungen beendet, neuer Link per Mail.",
      sure: (email) =>
        "Das Passwort und alle gemailten Links werden ungültig, alle Sitzungen enden, und eine Mail zum " +
        `Zurücksetzen geht an ${email}. Fragen Sie, ob dem Kunden diese Adresse noch gehört; wenn nicht, ändert die ` +
        "Technik die E-Mail.",
      done: "Das Konto ist gesichert; die Mail zum Zurücksetzen ist in Auftrag.",
    },
    confirm: {
      name: "Als bestätigt markieren",
      what: "Ohne Mail: nur wenn Sie wissen, dass die E-Mail stimmt.",
      sure: (email) =>
        `Wissen Sie, dass ${email} dem Kunden gehört? Wer dort Mails liest, kommt in das Konto.`,
      done: "Die E-Mail ist bestätigt.",
    },
    "change-email": {
      name: "E-Mail ändern",
      what: "Nur für Kunden, die sich ausgewiesen haben. Gefahr: So werden Konten gestohlen.",
      sure: () =>
        "Das Passwort wird ungültig, alle Sitzungen enden, und die alte Adresse kann nichts zurückholen. An sie geht " +
        "ein Hinweis, wenn sie bestätigt war, und an die neue eine Bestätigung.",
      field: "Neue E-Mail",
      done: "Die E-Mail ist geändert.",
    },
    anonymise: {
      name: "Anonymisieren",
      what: "Löscht den Kunden endgültig.",
      sure: () => "Name, E-Mail und Adressen werden gelöscht. Das lässt sich nicht rückgängig machen.",
      field: "Kundennummer eingeben, um fortzufahren",
      mismatch: "Das ist eine andere Kundennummer.",
      done: "Der Kunde ist anonymisiert.",
    },
  },
  customer: (name, reference) => `${name}, ${reference}`,
  because: (reason) => `Ticket: ${reason}`,
  about: (reference, text) => `${reference}: ${text}`,
  notReloaded: "Der Kunde konnte nicht neu geladen werden.",
  working: "Wird ausgeführt…",
  problems: {
    offline: "Das Programm hinter dieser Seite antwortet nicht. Läuft es noch?",
    unreachable: "Keine Verbindung zur API, es ist nichts geschehen. Stimmt die Adresse, und sind Sie online?",
    notDesk: "Die Antwort ist nicht die eines Kundendienstes. Stimmt die Adresse der API, samt Stage?",
    unclear: "Ob es geschehen ist, ist nicht bekannt: Sehen Sie sich den Kunden noch einmal an.",
    unsigned:
      "Die API nimmt die Signatur nicht an oder hat hier keinen Kundendienst. Sind die Zugangsdaten " +
      "abgelaufen?",
    forbidden: "Das darf Ihre Rolle nicht.",
    unknown: "Diesen Kunden gibt es nicht.",
    busy: "Zu viele Anfragen. Versuchen Sie es gleich noch einmal.",
    unavailable: "Der Dienst antwortet nicht rechtzeitig. Versuchen Sie es gleich noch einmal.",
    other: (status) => `Das hat nicht geklappt (Status ${status}).`,
    reference: "Der Kunde ist anonymisiert, oder die Aktion ist nicht mehr sinnvoll.",
    email: "Das ist keine brauchbare E-Mail-Adresse.",
    taken: "Ein anderer Kunde hat diese E-Mail.",
  },
};

export const WORDS = { en, de };
