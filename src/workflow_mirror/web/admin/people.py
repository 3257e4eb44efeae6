"""Users and groups. Who is limited to some customers sees neither: they name the others' too."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from workflow_mirror.web.access import AnyUser, is_limited
from workflow_mirror.web.admin.base import MirrorAdmin
from workflow_mirror.web.groups import BUILT_IN
from workflow_mirror.web.models import UserAccess
from workflow_mirror.web.site import site


class PeopleAdmin(MirrorAdmin):
    def limit(self, queryset: QuerySet[Any], user: AnyUser) -> QuerySet[Any]:
        return queryset.none() if is_limited(user) else queryset

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


class AccessInline(StackedInline):
    model = UserAccess
    can_delete = False
    fields = ("is_limited", "customers", "language")
    filter_horizontal = ("customers",)


@admin.register(User, site=site)
class MirrorUserAdmin(PeopleAdmin, UserAdmin):  # type: ignore[type-arg, misc]  # two bases
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "full_name", "email", "group_names", "scope", "is_active")
    list_filter = ("is_active", "groups")
    filter_horizontal = ("groups",)
    inlines = (AccessInline,)
    # Rights come by groups alone; that every account may log in here is set below.
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email")}),
        (_("Rights"), {"fields": ("is_active", "groups")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "password1", "password2", "groups")}),
    )
    readonly_fields = ("last_login", "date_joined")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return (
            super()
            .get_queryset(request)
            .select_related("access")
            .prefetch_related("groups", "access__customers")
        )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Nobody shuts himself out by mistake."""
        fields = super().get_readonly_fields(request, obj)
        return (*fields, "is_active", "groups") if obj == request.user else fields

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return obj != request.user and super().has_delete_permission(request, obj)

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:
        return () if obj == request.user else self.inlines

    def save_model(self, request: HttpRequest, obj: User, form: forms.Form, change: Any) -> None:
        obj.is_staff = True
        super().save_model(request, obj, form, change)

    @display(description=_("name"))
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @display(description=_("groups"))
    def group_names(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all())

    @display(description=_("customers"))
    def scope(self, user: User) -> Any:
        access = getattr(user, "access", None)
        if access is None or not access.is_limited:
            return _("all")
        return ", ".join(customer.name for customer in access.customers.all()) or _("none")


@admin.register(Group, site=site)
class MirrorGroupAdmin(PeopleAdmin, GroupAdmin):  # type: ignore[misc]  # two bases
    """The groups that come with the program are kept as they are by every migration."""

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return not _is_built_in(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return not _is_built_in(obj) and super().has_delete_permission(request, obj)


def _is_built_in(group: Group | None) -> bool:
    return group is not None and group.name in BUILT_IN
