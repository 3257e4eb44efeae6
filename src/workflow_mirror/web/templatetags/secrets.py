from django import template

from workflow_mirror.workflows.secrets import masked

register = template.Library()
register.filter("masked", masked)
