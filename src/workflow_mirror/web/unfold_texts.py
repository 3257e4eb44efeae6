"""What our pages show of Unfold, which has no catalogue: so that makemessages takes it into ours.

What Django's admin says in the same words has its translation there.
"""

from django.utils.translation import gettext_noop as _

TEXTS = (
    _("After you've created a user, you’ll be able to edit more user options."),  # noqa: RUF001 - its own
    _("All applications"),
    _("Apply Filters"),
    _("Available shortcuts"),
    _("Changelist shortcuts"),
    _("Command tool shortcuts"),
    _("Create new record"),
    _("Dark"),
    _("False"),
    _("Filters"),
    _("General"),
    _("Global shortcuts"),
    _("Go back"),
    _("Light"),
    _("Navigate"),
    _("No"),
    _("No data"),
    _("No results found"),
    _("Nothing matched your search"),
    _("Open command tool"),
    _("Open selection"),
    _("Open selection in new tab"),
    _("Open shortcuts list"),
    _(
        "Raw passwords are not stored, so there is no way to see this user’s password, but you can"  # noqa: RUF001 - as above
        ' change the password using <a href="{}" class="text-primary-600'
        ' dark:text-primary-500">this form</a>.'
    ),
    _("Recent searches"),
    _("Reset filters"),
    _("Return to site"),
    _("Run"),
    _("Search apps and models..."),
    _("Select"),
    _("Select action to run"),
    _("Select record"),
    _("Select value"),
    _("Submit"),
    _("System"),
    _("This page yielded into no results."),
    _("Toggle dark/light mode"),
    _("Toggle filter"),
    _("Toggle password visibility"),
    _("Toggle sidebar"),
    _("True"),
    _("Type to search"),
    _("Welcome back to"),
    _("You have been successfully logged out from the administration"),
)
