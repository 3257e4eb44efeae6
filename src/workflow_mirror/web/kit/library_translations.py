"""What our pages show of Django's and Unfold's own, for makemessages to take into our catalogue.

Unfold has none; what Django's admin says in the same words has its translation there.
"""

from django.utils.translation import ngettext_lazy

from workflow_mirror.errors import gettext_noop as _

# Which Django's Italian catalogue lacks, has with a capital, or without an article.
OF_DJANGO = (
    _("- Select an option -"),
    _(
        'Are you sure you want to delete the %(object_name)s "%(escaped_object)s"? All of the '
        "following related items will be deleted:"
    ),
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
    _("Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only."),
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
    _("After you've created a user, you’ll be able to edit more user options."),  # noqa: RUF001 - its own
    _("Apply Filters"),
    _("False"),
    _("Filters"),
    _("General"),
    _("Go back"),
    _(
        "Raw passwords are not stored, so there is no way to see this user’s password, but you can"  # noqa: RUF001 - as above
        ' change the password using <a href="{}" class="text-primary-600'
        ' dark:text-primary-500">this form</a>.'
    ),
    _("Run"),
    _("Select"),
    _("Select action to run"),
    _("Select value"),
    _("Toggle password visibility"),
    _("True"),
    _("You have been successfully logged out from the administration"),
)
