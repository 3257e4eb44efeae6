"""Every URL of the web admin, as everybody, held against one table.

The URLs are collected from the resolver, so that a page without a line in the table fails.
"""

import io
import re
import zipfile
from typing import Any
from urllib.parse import urljoin

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from workflow_mirror.access.groups import ADMINISTRATORS, OPERATORS, VIEWERS
from workflow_mirror.audit.actions import Action
from workflow_mirror.audit.models import AuditEvent
from workflow_mirror.schedules.models import Schedule

from .conftest import BACKEND, MakeUser, undone
from .made_world import FOREIGN, Things, World, make_world
from .urls import URLS, typed_into

pytestmark = [pytest.mark.every_page, pytest.mark.usefixtures("transactional_db")]

# What GET and POST are answered with: a status, or "login" for a redirect to the login page; "*"
# where it has written something. A limited user gets for his own customer what others of his group
# get. The last two columns are his who asks for another customer's ("-" where it is nobody's), and
# those of a user who is limited to no customer at all.
#
# URL                                       not logged  viewer   operator admini-  limited limited
#                                           in                            strator  viewer  operator
ANSWERS = """
/                                           302/302     302/302  302/302  302/302  -       -
set_language                                405/302     405/302* 405/302* 405/302* -       -
account_login                               200/200     302/200  302/200  302/200  -       -
mfa_index                                   login/login 200/405  200/405  200/405  -       -
mfa_authenticate                            302/302     302/302  302/302  302/302  -       -
mfa_activate_totp                           login/login 302/302* 302/302* 302/302* -       -
mfa_deactivate_totp                         login/login 404/404  404/404  404/404  -       -
mfa_view_recovery_codes                     login/login 404/405  404/405  404/405  -       -
mfa_generate_recovery_codes                 login/login 302/302* 302/302* 302/302* -       -
account_reauthenticate                      login/login 200/200  200/200  200/200  -       -
mfa_reauthenticate                          login/login 302/302  302/302  302/302  -       -
sso_login                                   404/405     404/405  404/405  404/405  -       -
sso_callback                                404/405     404/405  404/405  404/405  -       -
one_time_link                               200/200     200/200  200/200  200/200  -       -
metrics                                     403/405     403/405  403/405  403/405  -       -
index                                       login/login 200/200  200/200  200/200  -       -
login                                       200/200     302/200  302/200  302/200  -       -
logout                                      302/302     405/200* 405/200* 405/200* -       -
password_change                             login/login 200/302* 200/302* 200/302* -       -
password_change_done                        login/login 200/405  200/405  200/405  -       -
autocomplete                                login/login 403/405  403/405  403/405  -       -
jsi18n                                      login/login 200/405  200/405  200/405  -       -
view_on_site                                login/login 404/404  404/404  404/404  -       -
app_list:customers                          login/login 200/200  200/200  200/200  -       -
app_list:workflows                          login/login 200/200  200/200  200/200  -       -
app_list:history                            login/login 200/200  200/200  200/200  -       -
app_list:jobs                               login/login 200/200  200/200  200/200  -       -
app_list:web                                login/login 200/200  200/200  200/200  -       -
app_list:schedules                          login/login 200/200  200/200  200/200  -       -
app_list:notifications                      login/login 200/200  200/200  200/200  -       -
app_list:auth                               login/login 404/404  404/404  200/200  -       -
/admin/(?P<url>.*)$                         login/login 404/404  404/404  404/404  -       -

find_page                                   login/login 200/405  200/405  200/405  -       -
find_proposals                              login/login 200/405  200/405  200/405  -       -
account                                     login/login 200/302* 200/302* 200/302* -       -
account_theme                               login/login 405/302* 405/302* 405/302* -       -
search_page                                 login/login 200/405  200/405  200/405  -       -
search_complete                             login/login 200/405  200/405  200/405  -       -
search_csv_file                             login/login 200/405  200/405  200/405  -       -
search_xlsx_file                            login/login 200/405  200/405  200/405  -       -
list_customer                               login/login 405/302* 405/302* 405/302* -       -
list_size                                   login/login 405/302* 405/302* 405/302* -       -
list_columns                                login/login 405/302* 405/302* 405/302* -       -
list_default_view                           login/login 405/302* 405/302* 405/302* -       -
saved_view_add                              login/login 405/302* 405/302* 405/302* -       -
saved_view                                  login/login 404/404  404/404  404/404  -       -
saved_view_delete                           login/login 405/404  405/404  405/404  -       -

compare_page                                login/login 200/405  200/405  200/405  404/405 404/405
compare_progress                            login/login 200/405  200/405  200/405  404/405 404/405
compare_csv_file                            login/login 200/405  200/405  200/405  404/405 404/405
compare_xlsx_file                           login/login 200/405  200/405  200/405  404/405 404/405
compare_rules                               login/login 200/405  200/405  200/405  404/405 404/405
compare_rule_add                            login/login 405/403  405/302* 405/302* 405/403 405/404
compare_rule_delete                         login/login 405/403  405/302* 405/302* 405/403 405/404
compare_link_add                            login/login 405/403  405/302* 405/302* 405/403 405/404
compare_link_delete                         login/login 405/403  405/302* 405/302* 405/403 405/404
compare_template                            login/login 405/403  405/302* 405/302* 405/403 405/404
compare_matrix                              login/login 200/405  200/405  200/405  404/405 404/405
compare_matrix_csv_file                     login/login 200/405  200/405  200/405  404/405 404/405
compare_matrix_xlsx_file                    login/login 200/405  200/405  200/405  404/405 404/405

customers_customer_changelist               login/login 200/200  200/200  200/200  -       -
customers_customer_csv                      login/login 200/200  200/200  200/200  -       -
customers_customer_xlsx                     login/login 200/200  200/200  200/200  -       -
customers_customer_add                      login/login 403/403  403/403  200/302* -       -
customers_customer_change                   login/login 200/405  200/405  200/405  404/404 404/404
customers_customer_edit                     login/login 403/403  403/403  200/302* 403/403 403/403
customers_customer_history                  login/login 200/200  200/200  200/200  404/404 404/404
customers_customer_delete                   login/login 403/403  403/403  200/302* 403/403 403/403
customers_customer_sync                     login/login 403/403  200/302* 200/302* 403/403 404/404
customers_customer_retry_exports            login/login 403/403  200/302* 200/302* 403/403 404/404
customers_customer_allow_deletions          login/login 403/403  200/302  200/302  403/403 404/404
customers_customer_try_credentials          login/login 403/403  200/302* 200/302* 403/403 404/404
customers_customer_download_exports         login/login 302/302  302/302  302/302  404/404 404/404
customers_customer_sync_all                 login/login 403/403  200/302* 200/302* -       -
/admin/customers/customer/<path:object_id>/ login/login 302/302  302/302  302/302  302/302 302/302

workflows_workflow_changelist               login/login 200/200  200/200  200/200  -       -
workflows_workflow_add                      login/login 403/403  403/403  403/403  -       -
workflows_workflow_change                   login/login 200/200  200/200  200/200  404/404 404/404
workflows_workflow_history                  login/login 200/200  200/200  200/200  404/404 404/404
workflows_workflow_delete                   login/login 403/403  403/403  403/403  403/403 403/403
workflows_workflow_csv                      login/login 200/200  200/200  200/200  -       -
workflows_workflow_xlsx                     login/login 200/200  200/200  200/200  -       -
workflows_workflow_zip                      login/login 200/200* 200/200* 200/200* -       -
workflows_workflow_json                     login/login 200/403* 200/403* 200/200* 404/404 404/404
workflows_workflow_task                     login/login 200/403* 200/403* 200/200* 404/404 404/404
workflows_workflow_preview                  login/login 200/200  200/200  200/200  404/404 404/404
workflows_workflow_export                   login/login 200/403* 200/403* 200/200* 404/404 404/404
workflows_workflow_changes                  login/login 200/200  200/200  200/200  404/404 404/404
workflows_workflow_uses                     login/login 200/200  200/200  200/200  404/404 404/404
workflows_workflow_compare                  login/login 200/200  200/200  200/200  404/404 404/404
workflows_workflow_compare_with             login/login 200/200  200/200  200/200  404/404 404/404
workflows_workflow_sync_customer            login/login 403/403  200/302* 200/302* -       -
workflows_workflow_sync_all                 login/login 403/403  200/302* 200/302* -       -
/admin/workflows/workflow/<path:object_id>/ login/login 302/302  302/302  302/302  302/302 302/302

workflows_task_changelist                   login/login 200/200  200/200  200/200  -       -
workflows_task_csv                          login/login 200/200  200/200  200/200  -       -
workflows_task_xlsx                         login/login 200/200  200/200  200/200  -       -
workflows_task_add                          login/login 403/403  403/403  403/403  -       -
workflows_task_change                       login/login 200/200  200/200  200/200  404/404 404/404
workflows_task_reveal                       login/login 302/403* 302/403* 302/200* 404/404 404/404
workflows_task_history                      login/login 200/200  200/200  200/200  404/404 404/404
workflows_task_delete                       login/login 403/403  403/403  403/403  403/403 403/403
/admin/workflows/task/<path:object_id>/     login/login 302/302  302/302  302/302  302/302 302/302

history_workflowchange_changelist           login/login 200/200  200/200  200/200  -       -
history_workflowchange_week                 login/login 200/200  200/200  200/200  -       -
history_workflowchange_csv                  login/login 200/200  200/200  200/200  -       -
history_workflowchange_xlsx                 login/login 200/200  200/200  200/200  -       -
history_workflowchange_add                  login/login 403/403  403/403  403/403  -       -
history_workflowchange_change               login/login 302/302  302/302  302/302  404/404 404/404
history_workflowchange_history              login/login 200/200  200/200  200/200  404/404 404/404
history_workflowchange_delete               login/login 403/403  403/403  403/403  403/403 403/403
/admin/history/workflowchange/<path:object_id>/ login/login 302/302 302/302 302/302 302/302 302/302

jobs_jobrun_changelist                      login/login 200/200  200/200  200/200  -       -
jobs_jobrun_csv                             login/login 200/200  200/200  200/200  -       -
jobs_jobrun_xlsx                            login/login 200/200  200/200  200/200  -       -
jobs_jobrun_rows                            login/login 200/405  200/405  200/405  -       -
jobs_live                                   login/login 200/405  200/405  200/405  -       -
jobs_jobrun_add                             login/login 403/403  403/403  403/403  -       -
jobs_jobrun_change                          login/login 200/403  200/403  200/403  404/404 404/404
jobs_jobrun_history                         login/login 200/200  200/200  200/200  404/404 404/404
jobs_jobrun_delete                          login/login 403/403  403/403  403/403  403/403 403/403
jobs_jobrun_retry                           login/login 403/403  200/302* 200/302* 403/403 404/404
jobs_jobrun_cancel                          login/login 403/403  200/302* 200/302* 403/403 404/404
jobs_jobrun_forget                          login/login 403/403  200/302* 200/302* 403/403 404/404
/admin/jobs/jobrun/<path:object_id>/        login/login 302/302  302/302  302/302  302/302 302/302

web_waitingjob_changelist                   login/login 200/200  200/200  200/200  -       -
web_waitingjob_csv                          login/login 200/200  200/200  200/200  -       -
web_waitingjob_xlsx                         login/login 200/200  200/200  200/200  -       -
web_waitingjob_rows                         login/login 200/405  200/405  200/405  -       -
web_waitingjob_add                          login/login 403/403  403/403  403/403  -       -
web_waitingjob_change                       login/login 302/302  302/302  302/302  302/302 302/302
web_waitingjob_history                      login/login 200/200  200/200  200/200  404/404 404/404
web_waitingjob_delete                       login/login 403/403  403/403  403/403  403/403 403/403
web_waitingjob_cancel                       login/login 403/403  200/302* 200/302* 403/403 404/404
/admin/web/waitingjob/<path:object_id>/     login/login 302/302  302/302  302/302  302/302 302/302

web_failedjob_changelist                    login/login 200/200  200/200  200/200  -       -
web_failedjob_csv                           login/login 200/200  200/200  200/200  -       -
web_failedjob_xlsx                          login/login 200/200  200/200  200/200  -       -
web_failedjob_rows                          login/login 200/405  200/405  200/405  -       -
web_failedjob_add                           login/login 403/403  403/403  403/403  -       -
web_failedjob_change                        login/login 302/302  302/302  302/302  302/302 302/302
web_failedjob_history                       login/login 200/200  200/200  200/200  404/404 404/404
web_failedjob_delete                        login/login 403/403  403/403  403/403  403/403 403/403
web_failedjob_retry                         login/login 403/403  200/302* 200/302* 403/403 404/404
web_failedjob_forget                        login/login 403/403  200/302* 200/302* 403/403 404/404
/admin/web/failedjob/<path:object_id>/      login/login 302/302  302/302  302/302  302/302 302/302

jobs_jobbatch_changelist                    login/login 200/200  200/200  200/200  -       -
jobs_jobbatch_csv                           login/login 200/200  200/200  200/200  -       -
jobs_jobbatch_xlsx                          login/login 200/200  200/200  200/200  -       -
jobs_jobbatch_rows                          login/login 200/405  200/405  200/405  -       -
jobs_jobbatch_add                           login/login 403/403  403/403  403/403  -       -
jobs_jobbatch_change                        login/login 200/403  200/403  200/403  404/404 404/404
jobs_jobbatch_history                       login/login 200/200  200/200  200/200  404/404 404/404
jobs_jobbatch_delete                        login/login 403/403  403/403  403/403  403/403 403/403
jobs_jobbatch_cancel                        login/login 403/403  200/302* 200/302* 403/403 404/404
/admin/jobs/jobbatch/<path:object_id>/      login/login 302/302  302/302  302/302  302/302 302/302

schedules_schedule_changelist               login/login 200/200  200/200  200/200  -       -
schedules_schedule_csv                      login/login 200/200  200/200  200/200  -       -
schedules_schedule_xlsx                     login/login 200/200  200/200  200/200  -       -
schedules_schedule_add                      login/login 403/403  200/302* 200/302* -       -
schedules_schedule_change                   login/login 200/403  200/302* 200/302* 404/404 404/404
schedules_schedule_history                  login/login 200/200  200/200  200/200  404/404 404/404
schedules_schedule_delete                   login/login 403/403  200/302* 200/302* 403/403 404/404
schedules_schedule_switch                   login/login 403/403  200/302* 200/302* 403/403 404/404
schedules_schedule_run                      login/login 403/403  200/302* 200/302* 403/403 404/404
/admin/schedules/schedule/<path:object_id>/ login/login 302/302  302/302  302/302  302/302 302/302

jobs_workerprocess_changelist               login/login 200/200  200/200  200/200  -       -
jobs_workerprocess_csv                      login/login 200/200  200/200  200/200  -       -
jobs_workerprocess_xlsx                     login/login 200/200  200/200  200/200  -       -
jobs_workerprocess_add                      login/login 403/403  403/403  403/403  -       -
jobs_workerprocess_change                   login/login 200/403  200/403  200/403  -       -
jobs_workerprocess_history                  login/login 200/200  200/200  200/200  -       -
jobs_workerprocess_delete                   login/login 403/403  403/403  403/403  -       -
/admin/jobs/workerprocess/<path:object_id>/ login/login 302/302  302/302  302/302  -       -

notifications_notificationrule_changelist   login/login 200/200  200/200  200/200  -       -
notifications_notificationrule_csv          login/login 200/200  200/200  200/200  -       -
notifications_notificationrule_xlsx         login/login 200/200  200/200  200/200  -       -
notifications_notificationrule_add          login/login 200/302* 200/302* 200/302* -       -
notifications_notificationrule_change       login/login 404/404  404/404  200/302* -       -
notifications_notificationrule_history      login/login 404/404  404/404  200/200  -       -
notifications_notificationrule_delete       login/login 404/404  404/404  200/302* -       -
notifications_notificationrule_test         login/login 404/404  404/404  200/302* -       -
notifications_notificationrule_switch       login/login 404/404  404/404  200/302* -       -
notifications_notificationrule_turn_off     login/login 404/404  404/404  200/302* -       -
/admin/notifications/notificationrule/<path:object_id>/ login/login 302/302 302/302 302/302 -   -

notifications_notificationdelivery_changelist login/login 200/200 200/200 200/200 -     -
notifications_notificationdelivery_csv      login/login 200/200  200/200  200/200  -       -
notifications_notificationdelivery_xlsx     login/login 200/200  200/200  200/200  -       -
notifications_notificationdelivery_add      login/login 403/403  403/403  403/403  -       -
notifications_notificationdelivery_change   login/login 404/404  404/404  200/403  -       -
notifications_notificationdelivery_history  login/login 404/404  404/404  200/200  -       -
notifications_notificationdelivery_delete   login/login 403/403  403/403  403/403  -       -
notifications_notificationdelivery_resend   login/login 404/404  404/404  200/302* -       -
/admin/notifications/notificationdelivery/<path:object_id>/ login/login 302/302 302/302 302/302 - -

auth_user_changelist                        login/login 403/403  403/403  200/200  -       -
auth_user_csv                               login/login 403/403  403/403  200/200  -       -
auth_user_xlsx                              login/login 403/403  403/403  200/200  -       -
auth_user_add                               login/login 403/403  403/403  200/302* -       -
auth_user_change                            login/login 403/403  403/403  200/302* -       -
auth_user_history                           login/login 403/403  403/403  200/200  -       -
auth_user_delete                            login/login 403/403  403/403  200/302* -       -
auth_user_password_change                   login/login 403/403  403/403  200/302* -       -
/admin/auth/user/<path:object_id>/          login/login 302/302  302/302  302/302  -       -

auth_group_changelist                       login/login 403/403  403/403  200/200  -       -
auth_group_csv                              login/login 403/403  403/403  200/200  -       -
auth_group_xlsx                             login/login 403/403  403/403  200/200  -       -
auth_group_add                              login/login 403/403  403/403  200/302* -       -
auth_group_change                           login/login 403/403  403/403  200/302* -       -
auth_group_history                          login/login 403/403  403/403  200/200  -       -
auth_group_delete                           login/login 403/403  403/403  200/302* -       -
/admin/auth/group/<path:object_id>/         login/login 302/302  302/302  302/302  -       -

app_list:audit                              login/login 404/404  404/404  200/200  -       -
audit_auditevent_changelist                 login/login 403/403  403/403  200/200  -       -
audit_auditevent_csv                        login/login 403/403  403/403  200/200  -       -
audit_auditevent_xlsx                       login/login 403/403  403/403  200/200  -       -
audit_auditevent_add                        login/login 403/403  403/403  403/403  -       -
audit_auditevent_change                     login/login 403/403  403/403  302/302  -       -
audit_auditevent_history                    login/login 403/403  403/403  200/200  -       -
audit_auditevent_delete                     login/login 403/403  403/403  403/403  -       -
/admin/audit/auditevent/<path:object_id>/   login/login 302/302  302/302  302/302  -       -
"""
COLUMNS = ("nobody", "viewer", "operator", "administrator", "limited viewer", "limited operator")
# People are nobody's customers', so nothing is found of them before rights are looked at.
FOR_LIMITED = {
    "auth_user_history": "404/404",
    "auth_group_history": "404/404",
    "audit_auditevent_history": "404/404",
    "audit_auditevent_change": "404/404",
}
# Who is limited to no customer has nothing to sync, and no customer to make a schedule of.
FOR_NOBODYS = {
    "list_customer": "405/404",
    "customers_customer_sync_all": "200/302",
    "workflows_workflow_sync_customer": "200/200",
    "workflows_workflow_sync_all": "200/302",
    "schedules_schedule_add": "200/200",
}
GROUPS = {"viewer": VIEWERS, "operator": OPERATORS, "administrator": ADMINISTRATORS}

# Lists, searches and files that name the other customer to those who may see him.
QUESTIONS = """
customers/customer/?q=S.p.A.
customers/customer/?credentials=good
workflows/workflow/?q=Dunning
workflows/workflow/?q=7700090
workflows/workflow/?state=state+of+Bianchi
workflows/workflow/?customer__id__exact={customer}
workflows/workflow/?synced=older&trigger=scheduled_trigger&export=failed&vanished=any
workflows/workflow/{workflow}/change/?tab=graph
workflows/workflow/{workflow}/change/?tab=tasks
workflows/workflow/{workflow}/change/?tab=json
workflows/workflow/{workflow}/change/?tab=history
workflows/workflow/{workflow}/change/?tab=jobs
workflows/workflow/csv/?q=Dunning
workflows/workflow/csv/?customer__id__exact={customer}
workflows/workflow/xlsx/?state=state+of+Bianchi
workflows/workflow/xlsx/?o=-name
workflows/workflow/zip/
workflows/workflow/zip/?customer__id__exact={customer}
workflows/task/?q=Step
workflows/task/?q=7700091
workflows/task/?workflow__id__exact={workflow}
workflows/task/?customer__id__exact={customer}
workflows/task/?task_type=KindBianchi
workflows/task/?object=ObjectBianchi
history/workflowchange/?q=Dunning
history/workflowchange/?q=7700090
history/workflowchange/?kind=content&seen=week
history/workflowchange/?changed_by=person%40Bianchi.example
history/workflowchange/?customer__id__exact={customer}
history/workflowchange/csv/?q=Dunning
history/workflowchange/xlsx/?seen=today
history/workflowchange/week/?day={today}
jobs/jobrun/?q=S.p.A.
jobs/jobrun/?status=running&ended=day
jobs/jobrun/?customer__id__exact={customer}
web/failedjob/?q=trouble
web/failedjob/?customer__id__exact={customer}
web/waitingjob/?customer__id__exact={customer}
jobs/jobbatch/?q=asker
workflows/workflow/?o=-customer&cols=name,customer,zuora_id,triggers,export_error
workflows/task/?o=customer&cols=name,workflow,customer
history/workflowchange/?o=customer
jobs/jobrun/?o=of_customer&cols=job,of_customer,asked_by
web/failedjob/?o=-of_customer
schedules/schedule/?q=of
/find/?q=S.p.A.
/find/?q=Dunning
/find/?q=7700090
/find/?q=Bianchi+Dunning
/find/proposals/?q=S.p.A.
/find/proposals/?q=Bianchi
jobs/jobrun/live/?list=jobs&jobs={running},{failed}&customers={customer}&batches={batch}
jobs/jobrun/live/?list=waiting&jobs={waiting}
jobs/jobrun/live/?list=failed
jobs/jobrun/rows/?ids={running},{failed}
web/waitingjob/rows/?ids={waiting}
web/failedjob/rows/?ids={failed}&resolved=any
jobs/jobbatch/rows/?ids={batch}
jobs/jobrun/live/?list=batches
/comparison/
/comparison/matrix/
/search/?q=Dunning
/search/?q=host:erp.Bianchi.example
/search/?q=email:@Bianchi.example
/search/?q=customer:Bianchi
/search/?q=parameter+-type:Callout
/search/?q=type:KindBianchi*&page=1
/search/csv/?q=has:host
/search/xlsx/?q=/parameter.of/
/search/complete/?term=host:
/search/complete/?term=host:erp
/search/complete/?term=email:
/search/complete/?term=field:
/search/complete/?term=object:
/search/complete/?term=constant:of_
/search/complete/?term=customer:
/search/complete/?term=type:
"""

SUMS = """
SELECT string_agg(
    format('SELECT %L || md5(coalesce(string_agg(t::text, %L ORDER BY t::text), %L)) FROM %I t',
        tablename || ' ', '', '', tablename),
    ' UNION ALL ')
FROM pg_tables WHERE schemaname = current_schema()
    AND tablename NOT IN ('compare_cache', 'compare_summaries')
"""
# The two are caches, which a GET fills.
# What differs from one answer to the next without telling anything.
SPACE = r"(?:\s|\\u00a0)"  # JSON has the escape of one that does not break
OF_THE_MOMENT = re.compile(
    r'name="csrfmiddlewaretoken" value="\w+"'
    rf"|just now|\d+{SPACE}(?:minutes?|hours?)\sago"
    rf"|\d+{SPACE}min{SPACE}\d+{SPACE}s|\d+{SPACE}(?:s|minutes?|hours?)\b"
    r"|<v>\d{5}\.\d+</v>"  # a time in a spreadsheet
    r"|[\d.]+ seconds|\d\d:\d\d:\d\d[\d.]*|whsec_[\w+/=]+"
)


TABLE = {
    name: dict(zip(COLUMNS, cells, strict=True))
    for name, *cells in map(str.split, filter(None, ANSWERS.splitlines()))
}


# --- Who asks, and what the answer is


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


@pytest.fixture
def browsers(world: World, make_user: MakeUser) -> dict[str, Client]:
    only = [world.rossi.customer, world.rossi.partner]
    browsers = {"nobody": Client()}
    for place, (name, group) in enumerate(GROUPS.items()):
        browsers[name] = browser_of(make_user(f"u{place}", group))
        browsers[f"limited {name}"] = browser_of(make_user(f"l{place}", group, only=only))
        browsers[f"nobody's {name}"] = browser_of(make_user(f"n{place}", group, only=[]))
    return browsers


def browser_of(user: User, **options: Any) -> Client:
    browser = Client(**options)
    browser.force_login(user, backend=BACKEND)
    return browser


def written() -> int:
    """How many rows this connection has written; what is taken back is counted, too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables"
        )
        return int(cursor.fetchone()[0])


def sums() -> set[str]:
    """Of each table, to see whether anything has changed."""
    with connection.cursor() as cursor:
        cursor.execute(SUMS)
        cursor.execute(cursor.fetchone()[0])
        return {text for (text,) in cursor.fetchall()}


def body(answer: Any) -> str:
    """As text; of a spreadsheet what it holds."""
    content = answer.getvalue() if answer.streaming else answer.content
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return "".join(book.read(name).decode() for name in sorted(book.namelist()))
    return str(content.decode())


def told(answer: Any) -> str:
    to_login = answer.status_code == 302 and answer["Location"].startswith("/admin/login/?")
    return "login" if to_login else str(answer.status_code)


def questions(things: Things) -> list[str]:
    ids = {name: thing.pk for name, thing in vars(things).items()}
    ids["today"] = timezone.localdate()
    return [urljoin("/admin/", line.format(**ids)) for line in QUESTIONS.split()]


# --- The tests


def test_every_url_has_a_line_in_the_table() -> None:
    assert set(TABLE) == set(URLS)


@pytest.mark.parametrize(
    ("column", "whose", "group"),
    [
        ("nobody", "own", ""),
        ("viewer", "own", ""),
        ("operator", "own", ""),
        ("administrator", "own", ""),
        ("limited viewer", "own", "viewer"),
        ("limited operator", "own", "operator"),
        ("limited viewer", "another's", ""),
        ("limited operator", "another's", ""),
        ("nobody's viewer", "another's", "viewer"),
        ("nobody's operator", "another's", "operator"),
    ],
)
def test_every_answer_is_that_of_the_table(
    world: World, browsers: dict[str, Client], column: str, whose: str, group: str
) -> None:
    things = world.rossi if whose == "own" else world.bianchi
    browser, found = browsers[column], {}
    wanted = answers_for(column, whose, group)
    before, last = sums(), AuditEvent.objects.latest("pk")
    for name in wanted:
        answer = browser.get(URLS[name].address(things, world))
        found[name] = told(answer)
        verify(body(answer), world, column)
    changed = {text.partition(" ")[0] for text in sums() ^ before}
    assert changed <= {"audit_events"}, "a GET has changed something"
    events = AuditEvent.objects.filter(pk__gt=last.pk).values_list("action", flat=True)
    assert set(events) <= {Action.EXPORTS_DOWNLOADED}
    for name in wanted:
        with undone(browser):
            rows, address = written(), URLS[name].address(things, world)
            # A form repeats what was typed, so it must not be looked for.
            typed = typed_into(URLS[name], things if "nobody" not in column else world.rossi)
            answer = browser.post(address, typed)
            found[name] += f"/{told(answer)}{'*' if written() > rows else ''}"
            verify(body(answer), world, column)
    assert found == wanted


def answers_for(column: str, whose: str, group: str) -> dict[str, str]:
    """By name of the URL; of `group` is who is limited."""
    as_group = {name: cells[group or column] for name, cells in TABLE.items()}
    if whose == "own":
        return as_group | (FOR_LIMITED if group else {})
    limited = f"limited {group}" if group else column
    as_limited = {name: cells[limited] for name, cells in TABLE.items() if cells[limited] != "-"}
    assert set(as_limited) == {url.name for url in URLS.values() if url.is_a_customers}
    if not group:
        return as_limited
    allowed = {name: cell for name, cell in FOR_NOBODYS.items() if as_group[name] != "403/403"}
    return as_group | FOR_LIMITED | allowed | as_limited


def verify(page: str, world: World, column: str) -> None:
    """No answer holds a secret, and a limited user's none of the other customer's names or ids."""
    assert [secret for secret in world.secrets if secret in page] == []
    if column.startswith(("limited", "nobody's")):
        assert FOREIGN.findall(page) == []


def test_no_post_is_taken_without_the_csrf_token(world: World, make_user: MakeUser) -> None:
    browser = browser_of(make_user("ada", ADMINISTRATORS), enforce_csrf_checks=True)
    before = sums()
    answers = {
        name: browser.post(url.address(world.rossi, world), typed_into(url, world.rossi))
        for name, url in URLS.items()
    }
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(
        URLS, 403
    )
    assert sums() == before


def test_no_list_search_or_file_tells_a_limited_user_of_another_customer(
    world: World, browsers: dict[str, Client]
) -> None:
    for question in questions(world.bianchi):
        assert FOREIGN.search(body(browsers["viewer"].get(question))), question
        # Links to the next page or another order repeat the question.
        asked = set(FOREIGN.findall(question))
        for name in ("limited viewer", "limited administrator", "nobody's viewer"):
            answer = browsers[name].get(question)
            assert answer.status_code == (404 if "/change/" in question else 200), question
            assert set(FOREIGN.findall(body(answer))) <= asked, question


def test_a_limited_user_sees_the_same_whether_or_not_there_is_another_customer(
    world: World, browsers: dict[str, Client]
) -> None:
    """So no count, badge, chart, place in the queue or choice reveals it either."""
    addresses = [url.address(world.rossi, world) for url in URLS.values()]
    addresses += questions(world.rossi)

    def pages() -> set[str]:
        """Their lines, each with the address before it."""
        answers = [(one, body(browsers["limited administrator"].get(one))) for one in addresses]
        return {
            f"{address} {OF_THE_MOMENT.sub('', line).strip()}"
            for address, page in answers
            for line in page.splitlines()
        }

    with_him = pages()
    Schedule.objects.filter(name__contains="Bianchi").delete()
    world.bianchi.batch.delete()
    world.bianchi.customer.delete()
    assert pages() ^ with_him == set()
