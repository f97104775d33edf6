// Everything that the page says, in English and German. Where a sentence has parts, it is a function of them.

const plural = (number, one, several) => `${number} ${number === 1 ? one : several}`;

const en = {
  title: "Help desk",
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
  findHint: {
    prefix: "The first letters of the address.",
    name: "A part of the name. Takes a few seconds.",
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
  noName: "No name",
  anonymised: "Anonymised customer",
  badges: {
    confirmed: "E-mail confirmed",
    unconfirmed: "E-mail not confirmed",
    anonymised: "Anonymised",
    noPassword: "No password until a reset",
    locked: "Locked for a few minutes",
  },
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
    pendingEmail: "New e-mail, not confirmed yet",
  },
  values: { en: "English", de: "German" },
  noAddresses: "No addresses.",
  shipping: "Ships here",
  billing: "Bills here",
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
    rejected: (why) => `was given up${why ? `: ${why}` : ""}`,
    sent: () => "was sent; no word from the recipient's server yet",
    withheld: () => "was not sent, because an earlier mail to the address bounced or was marked as spam",
    delayed: (why) => `is delayed: the recipient's server asks to wait${why ? ` (${why})` : ""}`,
    delivered: () => "was taken by the recipient's server (which does not mean read)",
    refused: () => "was refused by the mail service",
    bounced: (why) => `came back${why ? ` (${why})` : ""}`,
    complained: () => "was marked as spam by its reader: do not send again",
  },
  suppressed: "The mail service no longer tries this address. Once the mailbox works, an operator runs:",
  trail: {
    found: (who) => `${who} found the customer in a search`,
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
      done: "A reset mail is on its way.",
      held: "No mail: enough were mailed lately. Try again later.",
    },
    "send-confirmation": {
      name: "Mail a confirmation",
      what: "A link that confirms the e-mail.",
      done: "A confirmation mail is on its way.",
    },
    "sign-out": {
      name: "Sign out everywhere",
      what: "Ends every session.",
      done: "Every session has ended.",
    },
    secure: {
      name: "Secure the account",
      what: "Somebody else has it: voids the password, ends every session, mails a reset.",
      sure:
        "The password becomes void, every session ends, every mailed link becomes void, and a reset mail " +
        "goes to the customer's e-mail.",
      done: "The account is secured; a reset mail is on its way.",
    },
    confirm: {
      name: "Mark as confirmed",
      what: "Without a mail: only if you know the e-mail is theirs.",
      done: "The e-mail is confirmed.",
    },
    "change-email": {
      name: "Change the e-mail",
      what: "Only for whom you have identified: it is the way to take an account over.",
      sure:
        "The password becomes void and every session ends. A notice goes to the old address, a confirmation " +
        "to the new one.",
      field: "New e-mail",
      done: "The e-mail is changed.",
    },
    anonymise: {
      name: "Anonymise",
      what: "Erases the customer for good.",
      sure: "Name, e-mail and addresses are erased. This cannot be undone.",
      field: "Type the reference to go on",
      mismatch: "That is another reference.",
      done: "The customer is anonymised.",
    },
  },
  customer: (name, reference) => `${name}, ${reference}`,
  because: (reason) => `Ticket: ${reason}`,
  working: "Working…",
  problems: {
    offline: "No answer from this page's own program. Is it still running?",
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
    taken: "Another customer has this e-mail address.",
  },
};

const de = {
  title: "Kundendienst",
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
  findHint: {
    prefix: "Der Anfang der Adresse.",
    name: "Ein Teil des Namens. Dauert ein paar Sekunden.",
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
  noName: "Ohne Namen",
  anonymised: "Anonymisierter Kunde",
  badges: {
    confirmed: "E-Mail bestätigt",
    unconfirmed: "E-Mail nicht bestätigt",
    anonymised: "Anonymisiert",
    noPassword: "Ohne Passwort bis zum Zurücksetzen",
    locked: "Für ein paar Minuten gesperrt",
  },
  attempts: ({ failedAttempts, places, lockedPlaces }) =>
    failedAttempts === 0
      ? "Kein Fehlversuch in den letzten 15 Minuten."
      : `${plural(failedAttempts, "Fehlversuch", "Fehlversuche")} von ${plural(places, "Ort", "Orten")} in den letzten ` +
        "15 Minuten. " +
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
    pendingEmail: "Neue E-Mail, noch unbestätigt",
  },
  values: {
    en: "Englisch", de: "Deutsch", Female: "weiblich", Male: "männlich",
    Mr: "Herr", Ms: "Frau", Mrs: "Frau", Dr: "Dr.", "n/a": "keine",
  },
  noAddresses: "Keine Adressen.",
  shipping: "Lieferadresse",
  billing: "Rechnungsadresse",
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
    rejected: (why) => `wurde aufgegeben${why ? `: ${why}` : ""}`,
    sent: () => "wurde verschickt; der Server des Empfängers hat noch nichts gemeldet",
    withheld: () =>
      "wurde nicht verschickt, weil eine frühere Mail an die Adresse zurückkam oder als Spam markiert " +
      "wurde",
    delayed: (why) => `verspätet sich: Der Server des Empfängers bittet um Geduld${why ? ` (${why})` : ""}`,
    delivered: () => "wurde vom Server des Empfängers angenommen (das heißt nicht: gelesen)",
    refused: () => "wurde vom Maildienst abgelehnt",
    bounced: (why) => `kam zurück${why ? ` (${why})` : ""}`,
    complained: () => "wurde als Spam markiert: nicht noch einmal senden",
  },
  suppressed: "Der Maildienst versucht diese Adresse nicht mehr. Sobald das Postfach geht, führt die Technik aus:",
  trail: {
    found: (who) => `${who} fand den Kunden bei einer Suche`,
    show: (who) => `${who} sah das Konto an`,
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
      done: "Die Mail zum Zurücksetzen ist unterwegs.",
      held: "Keine Mail: Es gab zuletzt schon genug davon. Versuchen Sie es später.",
    },
    "send-confirmation": {
      name: "Bestätigung mailen",
      what: "Mailt einen Link, der die E-Mail bestätigt.",
      done: "Die Bestätigungsmail ist unterwegs.",
    },
    "sign-out": {
      name: "Überall abmelden",
      what: "Beendet alle Sitzungen.",
      done: "Alle Sitzungen sind beendet.",
    },
    secure: {
      name: "Konto sichern",
      what: "Jemand anderes hat es: Passwort ungültig, alle Sitzungen beendet, neuer Link per Mail.",
      sure:
        "Das Passwort und alle gemailten Links werden ungültig, alle Sitzungen enden, und eine Mail zum " +
        "Zurücksetzen geht an die E-Mail des Kunden.",
      done: "Das Konto ist gesichert; die Mail zum Zurücksetzen ist unterwegs.",
    },
    confirm: {
      name: "Als bestätigt markieren",
      what: "Ohne Mail: nur wenn Sie wissen, dass die E-Mail stimmt.",
      done: "Die E-Mail ist bestätigt.",
    },
    "change-email": {
      name: "E-Mail ändern",
      what: "Nur für Kunden, die sich ausgewiesen haben: So übernimmt man Konten.",
      sure:
        "Das Passwort wird ungültig, alle Sitzungen enden. Ein Hinweis geht an die alte Adresse, eine " +
        "Bestätigung an die neue.",
      field: "Neue E-Mail",
      done: "Die E-Mail ist geändert.",
    },
    anonymise: {
      name: "Anonymisieren",
      what: "Löscht den Kunden endgültig.",
      sure: "Name, E-Mail und Adressen werden gelöscht. Das lässt sich nicht rückgängig machen.",
      field: "Kundennummer eingeben, um fortzufahren",
      mismatch: "Das ist eine andere Kundennummer.",
      done: "Der Kunde ist anonymisiert.",
    },
  },
  customer: (name, reference) => `${name}, ${reference}`,
  because: (reason) => `Ticket: ${reason}`,
  working: "Wird ausgeführt…",
  problems: {
    offline: "Das Programm hinter dieser Seite antwortet nicht. Läuft es noch?",
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
    taken: "Ein anderer Kunde hat diese E-Mail-Adresse.",
  },
};

export const WORDS = { en, de };
