"""Names and texts of invented billing workflows, some of them Italian."""
# ruff: noqa: RUF001  (realistic names have dashes and accents)

WORKFLOW_NAMES = (
    "Dunning – 30 days",
    "Invoice PDF to SFTP",
    "Fatturazione elettronica: invio allo SdI",
    "Payment retry after soft decline",
    "Renewal notice 60/30/7",
    "Sollecito pagamenti – 2ª rata",
    "Usage import from S3",
    "Credit memo auto-apply",
    "Attività giornaliera: qualità dei dati",
    "Bill run – monthly, end of month",
    "Account sync to CRM",
    "Riconciliazione incassi già registrati",
    "Write-off of small balances",
    "Revenue extract to warehouse",
    "Perché la fattura è bloccata? Verifica",
    "New order: provision and confirm",
    "Suspend overdue subscriptions",
    "Nota di credito – società estere",
    "Tax certificate expiry reminder",
    "Price uplift, annual (CPI)",
    "Chargeback handling",
    "Disdetta anticipata e penale",
    "Statement of account e-mail",
    "Subscription end-of-term cleanup",
)
PLACES = ("EMEA", "Italia", "Benelux", "DACH", "APAC", "Nordics", "US West", "Ibérica")
DESCRIPTIONS = (
    "",
    "Owned by Billing Operations. Ask before changing the schedule.",
    "Runs after the nightly bill run; see the runbook for a manual restart.",
    "Gestito dal team Amministrazione – più dettagli nella wiki.",
    "Migrated from the old tenant.\r\nThe retry rules were agreed with the bank.",
)
TIMEZONES = (
    "Rome",
    "Eastern Time (US & Canada)",
    "London",
    "Sydney",
    "UTC",
    "Pacific Time (US & Canada)",
    "Tokyo",
)
INTERVALS = ("0 0 6 * * *", "0 30 2 * * MON-FRI", "0 0 * * *", "0 0 /4 * * *", "0 0 7 1 * *")
PRIORITIES = ("Medium", "Medium", "Medium", "High", "Low")
EMAILS = ("billing@example.com", "amministrazione@example.it", "revops@example.com")

# Task names by type; {object} is replaced by a Zuora object.
TASK_NAMES: dict[str, tuple[str, ...]] = {
    "Query": ("Get {object}", "Query {object} by id", "Leggi {object}"),
    "Export": ("Export open {object} rows", "Find {object} due today", "Estrai {object}"),
    "Data::Link": ("Data query: {object} balances", "SQL: {object} of the month"),
    "Iterate": ("For each {object}", "Loop over {object}", "Per ogni {object}"),
    "If": ("Is {object} overdue?", "Any {object} found?", "{object} è già pagata?"),
    "Logic::Case": ("Route by {object} status", "Which country?", "Smista per metodo"),
    "Callout": ("POST {object} to the ERP", "Notify the CRM", "Invia al gestionale"),
    "Email": ("Send reminder", "E-mail to the customer", "Avviso al cliente – città"),
    "Create": ("Create {object}", "Add {object} record"),
    "Update": ("Update {object} status", "Set flag on {object}", "Aggiorna {object}"),
    "Delay": ("Wait one hour", "Wait for settlement"),
    "Approval": ("Approval by finance", "Approvazione del responsabile"),
    "Logic::JSONTransform": ("Reshape {object}", "Map to the ERP format"),
    "Logic::CSVTranslator": ("CSV to JSON", "Filter the {object} rows"),
    "File::CustomPDF::CustomDocument": ("Build PDF letter", "Genera lettera PDF"),
    "Upload::SFTP": ("Upload to SFTP", "Deposita sul server"),
    "Billing::BillRun": ("Start bill run", "Bill run per lotto"),
    "Payment::PaymentRun": ("Start payment run",),
    "Suspend": ("Suspend subscription",),
    "WriteOff": ("Write off the balance",),
    "Logic::Liquid": ("Compute the totals", "Calcola le scadenze"),
    "Script::JavaScript": ("Group by account", "Validate IBAN"),
}
OBJECTS = ("Invoice", "Account", "Subscription", "Payment", "CreditMemo", "RatePlanCharge")

PARAGRAPHS = (
    (
        "<p>Gentile {{{{Data.Account.Name}}}},<br/>la fattura <b>{{{{Data.Invoice.InvoiceNumber}}}}"
        "</b> di {{{{Data.Invoice.Balance | round: 2}}}} € è scaduta il "
        "{{{{Data.Invoice.DueDate | date: '%d/%m/%Y'}}}}. La preghiamo di provvedere al più "
        "presto; se ha già pagato, consideri nullo questo avviso n. {number}.</p>\r\n"
    ),
    (
        "<p>Dear {{{{Data.Account.Name}}}},</p>\r\n<p>this is reminder {number}. Our records show "
        "an open balance of {{{{Data.Invoice.Balance}}}} {{{{Data.Account.Currency}}}}, due since "
        "{{{{Data.Invoice.DueDate}}}}.</p>\r\n"
    ),
    (
        "{{% if Data.Account.AutoPay == true %}}<p>We will charge your card ending in "
        "{{{{Data.PaymentMethod.CreditCardMaskNumber | slice: -4, 4}}}} in {number} days.</p>"
        "{{% else %}}<p>Please pay with the link below.</p>{{% endif %}}\r\n"
    ),
    (
        '<table style="width:100%;border-collapse:collapse"><tr><th>Item {number}</th>'
        "<th>Amount</th></tr>{{% for item in Data.InvoiceItem %}}<tr><td>{{{{item.Charge}}}}</td>"
        "<td>{{{{item.ChargeAmount}}}}</td></tr>{{% endfor %}}</table>\r\n"
    ),
)
SQL = (
    "SELECT a.accountnumber, a.name, SUM(i.balance) AS open_balance\r\n"
    "FROM account a\r\n  JOIN invoice i ON i.accountid = a.id\r\n"
    "WHERE i.status = 'Posted' AND i.balance > {number}\r\n"
    "  AND i.duedate < CURRENT_DATE - INTERVAL '30' DAY\r\n"
    "GROUP BY 1, 2\r\nORDER BY 3 DESC"
)
IF_CLAUSE = (
    "{{% assign age = 'now' | date: '%s' | minus: {number} %}}\r\n"
    "{{% if Data.{object}.Balance > {number} and Data.{object}.Status == 'Posted' %}}\r\nTrue\r\n"
    "{{% else %}}\r\nFalse\r\n{{% endif %}}"
)
JAVASCRIPT = (
    "// groups the rows of one account, {number} at most\r\n"
    "const rows = payload.Data.{object} || [];\r\n"
    "const groups = {{}};\r\nrows.slice(0, {number}).forEach((row) => {{\r\n"
    "  (groups[row.AccountId] = groups[row.AccountId] || []).push(row);\r\n}});\r\n"
    "return {{ groups, count: Object.keys(groups).length }};"
)
LIQUID_PAYLOAD = (
    '{{\r\n  "document": "{{{{ Data.{object}.Id }}}}",\r\n'
    '  "customer": {{{{ Data.Account.Name | json }}}},\r\n'
    '  "lines": [{{% for row in Data.{object}Item %}}\r\n'
    '    {{ "sku": "{{{{ row.SKU }}}}", "amount": {{{{ row.Amount | default: 0 }}}} }}'
    "{{% unless forloop.last %}},{{% endunless %}}{{% endfor %}}\r\n  ],\r\n"
    '  "batch": {number}\r\n}}'
)


def workflow_name(index: int) -> str:
    """The name with this index; unique for every index."""
    name = WORKFLOW_NAMES[index % len(WORKFLOW_NAMES)]
    turn = index // len(WORKFLOW_NAMES)
    if turn == 0:
        return name
    place = PLACES[(turn - 1) % len(PLACES)]
    lap = (turn - 1) // len(PLACES)
    return f"{name} ({place})" if lap == 0 else f"{name} ({place} {lap + 1})"
