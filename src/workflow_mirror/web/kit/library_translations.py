"""What our pages show of Django's and Unfold's own, for makemessages to take into our catalogue.

Unfold has none; what Django's admin says in the same words has its translation there.
"""

from django.utils.translation import ngettext_lazy

from workflow_mirror.errors import gettext_noop as _

# Which Django's Italian catalogue lacks, or has with a capital.
OF_DJANGO = (
    _("- Select an option -"),
    _("Conflicting form data submitted. Please try again."),
    _("Disable password-based authentication"),
    _("Disabled"),
    _("Enable password-based authentication"),
    _("Enabled"),
    _("Enter a valid domain name."),
    _("Error:"),
    _("History"),
    _("Log out"),
    _("Password-based authentication"),
    _("Password-based authentication was disabled."),
    _("Raw passwords are not stored, so there is no way to see the user’s password."),  # noqa: RUF001
    _("Reset password"),
    _("Set password"),
    _("Set password: %s"),
    ngettext_lazy(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
    ),
    _("Monday"),
    _("Tuesday"),
    _("Wednesday"),
    _("Thursday"),
    _("Friday"),
    _("Saturday"),
    _("Sunday"),
    _("January"),
    _("February"),
    _("March"),
    _("April"),
    _("May"),
    _("June"),
    _("July"),
    _("August"),
    _("September"),
    _("October"),
    _("November"),
    _("December"),
)
OF_UNFOLD = (
    # With the line breaks and spaces of its template.
    ngettext_lazy(
        "\n            Found"
        ' <span class="font-medium text-important">%(counter)s</span> result'
        " in %(time)s seconds\n        ",
        "\n            Found"
        ' <span class="font-medium text-important">%(counter)s</span> results'
        " in %(time)s seconds\n        ",
    ),
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
    _("Toggle dark/light mode"),
    _("Toggle filter"),
    _("Toggle password visibility"),
    _("Toggle sidebar"),
    _("True"),
    _("Type to search"),
    _("Welcome back to"),
    _("You have been successfully logged out from the administration"),
)
