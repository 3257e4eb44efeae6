"""Users and groups. Users limited to some customers see neither: both reveal other customers."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.admin import StackedInline
from unfold.decorators import display
from unfold.forms import UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from workflow_mirror.access.groups import BUILT_IN
from workflow_mirror.access.models import UserAccess
from workflow_mirror.access.people import groups_in, permissions_for, users_in
from workflow_mirror.access.scope import NOTHING, Scope, is_limited
from workflow_mirror.web.kit import table_cells
from workflow_mirror.web.kit.list_files import WithFiles
from workflow_mirror.web.kit.password_forms import PasswordForm
from workflow_mirror.web.kit.site import site
from workflow_mirror.web.kit.sorting import by
from workflow_mirror.web.people.rows import GROUPS, USERS

VERBS = {
    "view": pgettext_lazy("permission", "view"),
    "add": pgettext_lazy("permission", "add"),
    "change": pgettext_lazy("permission", "change"),
    "delete": pgettext_lazy("permission", "delete"),
    "sync": pgettext_lazy("permission", "sync"),
    "check": pgettext_lazy("permission", "check credentials"),
    "retry": pgettext_lazy("permission", "retry"),
    "cancel": pgettext_lazy("permission", "cancel"),
    "run": pgettext_lazy("permission", "run now"),
    "manage": pgettext_lazy("permission", "those of all users"),
    "webhook": pgettext_lazy("permission", "notify by webhook"),
    "reveal": pgettext_lazy("permission", "reveal secrets"),
}


class PeopleAdmin(WithFiles):
    def get_scope(self, request: HttpRequest) -> Scope:
        """A limited user sees no users, whichever customers are selected."""
        return NOTHING if is_limited(request.user) else super().get_scope(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return not is_limited(request.user) and super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not is_limited(request.user) and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not is_limited(request.user) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not is_limited(request.user) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not is_limited(request.user) and super().has_delete_permission(request, obj)


class AccessForm(forms.ModelForm):  # type: ignore[type-arg]  # none at run time
    """Selecting customers limits the user: `all_customers`, if it was on, goes off by itself."""

    class Meta:
        model = UserAccess
        fields = ("all_customers", "customers", "language")
        widgets = {"customers": UnfoldAdminCheckboxSelectMultipleWidget}  # noqa: RUF012 - Django's way
        help_texts = {  # noqa: RUF012 - as above
            "all_customers": _("All customers, including future ones."),
            "customers": _("Selecting customers limits the user to them. None: no customers."),
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("all_customers") and cleaned.get("customers"):
            if "all_customers" in self.changed_data:
                self.add_error("customers", _("Turn off “All customers”, or clear this selection."))
            cleaned["all_customers"] = False
        return cleaned


class AccessInline(StackedInline):
    model = UserAccess
    form = AccessForm
    can_delete = False
    show_title = False
    fields = ("all_customers", "customers", "language")


@admin.register(User, site=site)
class MirrorUserAdmin(PeopleAdmin, UserAdmin):  # type: ignore[type-arg, misc]  # two bases
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = PasswordForm
    list_display = ("username", "full_name", "email", "group_names", "scope", "is_active")
    sorts: ClassVar = {
        "username": by("username"),
        "email": by("email"),
        "is_active": by("is_active", "username"),
    }
    sorted_by = "username"
    list_filter = ("is_active", "groups")
    search_help_text = _("Search by username, name or email")
    empty_text = _("No users.")
    file_name = "users"
    file_columns = USERS
    filter_horizontal = ("groups",)
    inlines = (AccessInline,)
    # Only groups grant permissions; code below lets every account log in here.
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Profile"), {"fields": ("first_name", "last_name", "email")}),
        (_("Permissions"), {"fields": ("is_active", "groups")}),
        (_("Activity"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "password1", "password2", "groups")}),
    )
    readonly_fields = ("last_login", "date_joined")

    def rows(self, scope: Scope) -> QuerySet[User]:
        return users_in(scope)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Keeps users from locking themselves out by mistake."""
        fields = super().get_readonly_fields(request, obj)
        return (*fields, "is_active", "groups") if obj == request.user else fields

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return obj != request.user and super().has_delete_permission(request, obj)

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:
        return () if obj == request.user else self.inlines

    def save_model(self, request: HttpRequest, obj: User, form: forms.Form, change: Any) -> None:
        obj.is_staff = True
        if not change:
            super().save_model(request, obj, form, change)
            return
        # Not the password, which may have been changed since this request loaded the user.
        columns = {field.name for field in User._meta.concrete_fields}  # noqa: SLF001 - public by its documentation
        obj.save(update_fields=columns & {*form.changed_data, "is_staff"})

    @display(description=_("name"))
    def full_name(self, user: User) -> str | None:
        return user.get_full_name() or None

    @display(description=_("groups"))
    def group_names(self, user: User) -> str | None:
        return ", ".join(group.name for group in user.groups.all()) or None

    @display(description=_("access"))
    def scope(self, user: Any) -> Any:
        if not is_limited(user):
            return capfirst(_("all customers"))
        return table_cells.some_of(user.customer_names) or capfirst(_("none"))


@admin.register(Group, site=site)
class MirrorGroupAdmin(PeopleAdmin, GroupAdmin):  # type: ignore[misc]  # two bases
    """The groups that come with the program are kept as they are by every migration."""

    readonly_fields = ("rights",)

    def rows(self, scope: Scope) -> QuerySet[Group]:
        return groups_in(scope)

    search_help_text = _("Search by name")
    empty_text = _("No groups.")
    file_name = "groups"
    file_columns = GROUPS

    def get_fields(self, request: HttpRequest, obj: Group | None = None) -> tuple[str, str]:
        """What cannot be chosen is told in the words of the choices."""
        may_choose = obj is None or self.has_change_permission(request, obj)
        return ("name", "permissions" if may_choose else "rights")

    def formfield_for_manytomany(
        self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any
    ) -> Any:
        """The permissions that a page checks, in the user's language."""
        field: Any = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name == "permissions":
            field.queryset = self._of_pages()
            field.label_from_instance = _in_words
        return field

    def _of_pages(self) -> QuerySet[Permission]:
        """The permissions that a page checks."""
        return permissions_for([*self.admin_site._registry, UserAccess])  # noqa: SLF001 - so does Unfold

    @display(description=_("permissions"))
    def rights(self, group: Group) -> Any:
        verbs: dict[str, list[str]] = {}
        for permission in self._of_pages().filter(group=group):
            verbs.setdefault(_title(permission), []).append(_verb(permission))
        lines = ((title, ", ".join(those)) for title, those in verbs.items())
        return format_html_join("", "<div>{}: {}</div>", lines) or table_cells.NOTHING

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return not _is_built_in(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return not _is_built_in(obj) and super().has_delete_permission(request, obj)


def _in_words(permission: Permission) -> str:
    return f"{_title(permission)}: {_verb(permission)}"


def _title(permission: Permission) -> str:
    model = permission.content_type.model_class()
    if model is None:  # of a release that had it
        return str(permission.content_type)
    return str(capfirst(model._meta.verbose_name_plural))  # noqa: SLF001 - Django's documented name


def _verb(permission: Permission) -> str:
    verb, _model = permission.codename.split("_", 1)
    return str(VERBS.get(verb, verb))


def _is_built_in(group: Group | None) -> bool:
    return group is not None and group.name in BUILT_IN
