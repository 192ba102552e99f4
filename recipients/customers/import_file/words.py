"""Words of spreadsheets, folded, in the languages of the helpdesk and as other programs export them."""

YES = frozenset({"yes", "y", "true", "1", "x", "company"})
YES |= {"ja", "j", "wahr", "firma", "sì", "si", "vero", "azienda", "tak", "prawda", "да", "истина", "компания"}
NO = frozenset({"no", "n", "false", "0", "person"})
NO |= {"nein", "falsch", "falso", "persona", "privato", "nie", "fałsz", "osoba", "нет", "ложь", "человек"}

#: What a kind may be called beside its label in each language.
KINDS = {
    "customer": ("client", "kunden", "kundin", "клиенты"),
    "lead": (
        "prospect",
        "interessent",
        "interessentin",
        "potenzieller kunde",
        "cliente potenziale",
        "potencjalny klient",
        "потенциальный клиент",
    ),
    "supplier": ("vendor", "lieferanten", "fornitori"),
    "other": ("others", "andere", "anderer", "altri", "inny", "другое"),
}
#: Column → what else its header may be called, beside its label in each language.
HEADERS = {
    "number": (
        "customer number",
        "kundennummer",
        "kunden-nr.",
        "kundennr.",
        "codice cliente",
        "numero cliente",
        "numer klienta",
        "номер клиента",
    ),
    "name": ("full name", "kunde", "firmenname", "cliente", "ragione sociale", "klient", "название", "клиент"),
    "kind": ("type", "typ", "тип"),
    "is_company": ("is company", "company or person"),
    "company": ("belongs to", "gehört zu", "società", "организация"),
    "partner": (),
    "email": (
        "email",
        "e-mail",
        "profile email",
        "e-mail address",
        "email address",
        "e-mail-adresse",
        "mail",
        "indirizzo e-mail",
        "adres e-mail",
        "почта",
    ),
    "addresses": ("addresses", "further e-mails"),
    "billing_email": ("billing email", "billing e-mail", "rechnungs-e-mail"),
    "language": (),
    "notes": ("note", "bemerkung", "bemerkungen", "uwagi", "примечание", "примечания"),
}
