from django.urls import path

from workflow_mirror.web.kit.site import site
from workflow_mirror.web.search import files, page

urlpatterns = [
    path("", site.admin_view(page.search_page), name="search_page"),
    path("complete/", site.admin_view(page.search_complete), name="search_complete"),
    path("csv/", site.admin_view(files.csv_file), name="search_csv_file"),
    path("xlsx/", site.admin_view(files.xlsx_file), name="search_xlsx_file"),
]
