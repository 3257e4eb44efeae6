from django.urls import path

from workflow_mirror.web.compare import files, matrix, page, settle
from workflow_mirror.web.compare import rules as rules_page
from workflow_mirror.web.kit.site import site

urlpatterns = [
    path("", site.admin_view(page.compare_page), name="compare_page"),
    path("progress/", site.admin_view(page.compare_progress), name="compare_progress"),
    path("csv/", site.admin_view(files.csv_file), name="compare_csv_file"),
    path("xlsx/", site.admin_view(files.xlsx_file), name="compare_xlsx_file"),
    path("rules/", site.admin_view(rules_page.rules_page), name="compare_rules"),
    path("rules/add/", site.admin_view(settle.add_rule_view), name="compare_rule_add"),
    path("rules/delete/", site.admin_view(settle.delete_rule_view), name="compare_rule_delete"),
    path("links/add/", site.admin_view(settle.add_link_view), name="compare_link_add"),
    path("links/delete/", site.admin_view(settle.delete_link_view), name="compare_link_delete"),
    path("templates/", site.admin_view(settle.template_view), name="compare_template"),
    path("matrix/", site.admin_view(matrix.matrix_page), name="compare_matrix"),
    path("matrix/csv/", site.admin_view(matrix.csv_file), name="compare_matrix_csv_file"),
    path("matrix/xlsx/", site.admin_view(matrix.xlsx_file), name="compare_matrix_xlsx_file"),
]
