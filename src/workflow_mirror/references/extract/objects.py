"""The names of Zuora's objects, by which `Account.Name` in a text is known as a field.

Source: the objects of the SOAP API and of data sources in Zuora's reference.
"""

import re

STANDARD = frozenset((
    "account", "accountingcode", "accountingperiod", "amendment", "billingdocument",
    "billingpreviewrun", "billrun", "billtocontact", "chargemetrics", "communicationprofile",
    "contact", "contactsnapshot", "creditbalanceadjustment", "creditmemo",
    "creditmemoapplication", "creditmemoitem", "creditmemopart", "credittaxationitem",
    "debitmemo", "debitmemoitem", "debittaxationitem", "defaultpaymentmethod",
    "discountapplymetrics", "feature", "fulfillment", "fulfillmentitem", "invoice",
    "invoiceadjustment", "invoicefile", "invoicehistory", "invoiceitem", "invoiceitemadjustment",
    "invoicepayment", "invoiceschedule", "invoicescheduleitem", "invoicesplit", "journalentry",
    "journalentrydetail", "journalentryitem", "journalrun", "order", "orderaction", "orderitem",
    "orderlineitem", "parentaccount", "payment", "paymentapplication", "paymentgateway",
    "paymentmethod", "paymentmethodsnapshot", "paymentpart", "paymentrun", "paymentschedule",
    "paymentscheduleitem", "paymenttransactionlog", "processedusage", "product", "productfeature",
    "productrateplan", "productrateplancharge", "productrateplanchargetier", "rateplan",
    "rateplancharge", "rateplanchargetier", "ratingresult", "refund", "refundapplication",
    "refundinvoicepayment", "refundpart", "refundtransactionlog", "revenueevent",
    "revenueeventitem", "revenueschedule", "revenuescheduleitem", "shiptocontact",
    "soldtocontact", "subscription", "subscriptionproductfeature", "subscriptionstatushistory",
    "taxationitem", "unitofmeasure", "updaterbatch", "updaterdetail", "usage",
))  # fmt: skip
_NAME = re.compile(r"[^\W\d]\w*")


def is_object_name(name: str) -> bool:
    """Whether a task's `object` names an object; it may as well name a file, or hold Liquid."""
    return bool(_NAME.fullmatch(name))


def is_field_name(name: str) -> bool:
    """Whether it is nothing but words joined by dots."""
    return all(map(is_object_name, name.split(".")))
