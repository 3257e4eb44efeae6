"""What every page of the admin keeps to: a user sees the rows of his customers, and no others."""

from typing import Any, ClassVar, NoReturn

from django.contrib import admin, messages
from django.contrib.admin import ActionLocation, ShowFacets
from django.contrib.admin.checks import ModelAdminChecks
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Model, QuerySet
from django.forms import Media
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import CHECKBOX_CLASSES

from workflow_mirror.access.scope import Scope, scope_of
from workflow_mirror.error_texts import in_our_language
from workflow_mirror.errors import SafeError
from workflow_mirror.web.kit.changelist import MirrorChangeList
from workflow_mirror.web.kit.clean_input import row_id
from workflow_mirror.web.kit.columns import chosen, column_name
from workflow_mirror.web.kit.paginator import ROWS_ON_A_PAGE, BoundedPaginator
from workflow_mirror.web.kit.preferences import preferences_of
from workflow_mirror.web.kit.saved_views import address_of, default_view
from workflow_mirror.web.kit.sorting import Sort

SCRIPTS = (
    "vendor/jquery/jquery.min.js",
    "jquery.init.js",
    "core.js",
    "admin/RelatedObjectLookups.js",
    "actions.js",
)
SELECT_CLASSES = " ".join([*CHECKBOX_CLASSES, "action-select"])
SELECT_ALL_CLASSES = " ".join([*CHECKBOX_CLASSES, "action-toggle"])


_DjangoAdmin: Any = admin.ModelAdmin  # without types, like Unfold's above it


class FewerScripts(_DjangoAdmin):
    """Without Django's scripts that fill in slugs, which no form has: 52 KB, compressed.

    As a last base class, this replaces Django's `media`, and keeps what Unfold adds to it.
    """

    @property
    def media(self) -> Media:
        return Media(js=[f"admin/js/{name}" for name in SCRIPTS])


class MirrorAdmin(ModelAdmin, FewerScripts):
    """Lists, object pages, autocompletion and deletion start from `rows`, which each page takes
    from a function below `web`; so do the choices of fields that name such objects.
    """

    select_all_classes = SELECT_ALL_CLASSES
    empty_text: str | Promise = ""  # of a list without rows, when nothing is filtered
    refusals: tuple[type[SafeError], ...] = ()
    """What saving may raise after the form was valid, such as for a row removed meanwhile."""

    # Unfold's look for permissions in the database, which may not be migrated yet.
    checks_class = ModelAdminChecks
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # they count the whole table once for each choice
    list_per_page = ROWS_ON_A_PAGE
    list_filter_sheet = True  # the whole width is the table's
    list_max_show_all = 0
    list_filter_submit = True
    compressed_fields = True
    warn_unsaved_form = True
    sortable_by = ()  # Django's way to sort, by positions of columns
    sorts: ClassVar[dict[str, Sort]] = {}
    """The columns that can be sorted, by name: those with an index, or of short tables."""
    sorted_by = ""
    """The column that sorts the list unless its address names another; "-" for descending."""
    hidden_columns: tuple[str, ...] = ()
    """Names of columns that are shown only to users who have chosen them."""

    @property
    def media(self) -> Media:
        """Bypasses Unfold's, which adds the scripts of a list's filters to all other pages of the
        model, too, from the first visit of the list on.
        """
        media: Media = super(ModelAdmin, self).media
        return media

    def get_scope(self, request: HttpRequest) -> Scope:
        return scope_of(request.user)

    def rows(self, scope: Scope) -> QuerySet[Any]:
        raise NotImplementedError

    def choices(self, scope: Scope) -> QuerySet[Any]:
        """The rows that a field of another object may name."""
        return self.rows(scope)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Django's starts from all rows of the model."""
        rows = self.rows(self.get_scope(request))
        ordering = self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    def visible(self, request: HttpRequest, pk: object) -> Any:
        """The object with this key. Raises Http404, and PermissionDenied for one not to be seen."""
        found = self.get_object(request, str(pk))
        if found is None:
            raise Http404
        if not self.has_view_permission(request, found):
            raise PermissionDenied
        return found

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[MirrorChangeList]:
        return MirrorChangeList

    def row_actions(self, request: HttpRequest) -> list[dict[str, Any]]:
        """The actions of the menu of each row, as unfold/helpers/actions_row.html takes them."""
        return [
            {
                "name": action.method.__name__,
                "title": action.description,
                "icon": action.icon,
                "attrs": action.method.attrs,
                "raw_path": f"{self.admin_site.name}:{action.action_name}",
            }
            for action in self.get_actions_row(request)
        ]

    def permits(self, action: str, row: Any) -> bool:
        """Whether the menu of a row has this action, which the user may take on other rows."""
        return True

    @property
    def page_key(self) -> str:
        """The list in saved views and preferences (web/kit/saved_views.py)."""
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def every_column(self, request: HttpRequest) -> list[Any]:
        """Those that the user may choose."""
        return list(self.list_display)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The columns that the address names, else those of the user, else the usual ones."""
        every = self.every_column(request)
        wanted = request.GET.get("cols", "").split(",")
        if wanted == [""]:
            usual = [name for name in map(column_name, every) if name not in self.hidden_columns]
            wanted = preferences_of(request).columns.get(self.page_key, usual)
        return chosen(every, wanted)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """An address without parameters opens the user's default view, if there is one."""
        if request.method == "GET" and not request.GET:
            wanted = preferences_of(request).default_views.get(self.page_key)
            if view := default_view(request.user, self.page_key, wanted):
                return HttpResponseRedirect(address_of(view))
        filters = self.get_list_filter(request)
        classes = [one[1] if isinstance(one, tuple) else one for one in filters]
        forms = [one.form_class for one in classes if hasattr(one, "form_class")]
        media = sum((Media(form.Media) for form in forms if hasattr(form, "Media")), self.media)
        context = {"media": media, **(extra_context or {})}
        answer: HttpResponse = super().changelist_view(request, context)
        return answer

    def get_field_queryset(
        self, db: str | None, db_field: Any, request: HttpRequest
    ) -> QuerySet[Any] | None:
        """The choices and accepted values of a field that refers to other objects."""
        related: type[Model] = db_field.remote_field.model
        page = self.admin_site._registry.get(related)  # noqa: SLF001 - so does Unfold
        if not isinstance(page, MirrorAdmin):
            others: QuerySet[Any] | None = super().get_field_queryset(db, db_field, request)
            return others
        choices: QuerySet[Any] = page.choices(page.get_scope(request))
        return choices.order_by(*page.get_ordering(request))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Reports `refusals` on the list."""
        try:
            answer: HttpResponse
            answer = super().changeform_view(request, object_id, form_url, extra_context)
        except self.refusals as error:
            messages.error(request, in_our_language(error))
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
            return HttpResponseRedirect(reverse(name))
        return answer

    @display(description=ModelAdmin.action_checkbox.short_description)
    def action_checkbox(self, obj: Model) -> SafeString:
        """As Unfold's, without a template for each row."""
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="{}" aria-label="{}">',
            ACTION_CHECKBOX_NAME,
            obj.pk,
            SELECT_CLASSES,
            _("Select record"),
        )

    def get_actions(
        self,
        request: HttpRequest,
        action_location: ActionLocation = ActionLocation.CHANGE_LIST,
    ) -> dict[str, Any]:
        """Without Django's *Delete selected*, which would collect everything below them first."""
        actions: dict[str, Any] = super().get_actions(request, action_location=action_location)
        actions.pop("delete_selected", None)
        return actions

    def get_action_choices(
        self,
        request: HttpRequest,
        default_choices: Any = None,
        action_location: ActionLocation = ActionLocation.CHANGE_LIST,
    ) -> list[tuple[str, str]]:
        """Bypasses Unfold's, which does not have the signature of Django 6.1 yet."""
        choices: list[tuple[str, str]] = super(ModelAdmin, self).get_action_choices(
            request, [("", _("Select action"))], action_location=action_location
        )
        return choices

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], **options: Any
    ) -> HttpResponse | None:
        selected = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if any(row_id(text) is None for text in selected):
            raise BadRequest  # Django would fail on values that are not numbers
        answer: HttpResponse | None = super().response_action(request, queryset, **options)
        return answer

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Themselves. What goes along with them, such as a user's messages, needs no permission of
        its own.
        """
        _all, _counts, _forbidden, protected = super().get_deleted_objects(objs, request)
        deleted = [str(one) for one in objs]
        return deleted, {self.opts.verbose_name_plural: len(deleted)}, set(), protected

    def _get_obj_does_not_exist_redirect(self, *_arguments: Any) -> NoReturn:
        """A 404, as for any other address; Django would send the user to the dashboard."""
        raise Http404


class ReadOnlyAdmin(MirrorAdmin):
    """For what Zuora or the engine writes: looked at, never edited."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
