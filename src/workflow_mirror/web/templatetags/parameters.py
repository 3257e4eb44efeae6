from django import template

from workflow_mirror.web.tasks.parameters import coloured

register = template.Library()
register.filter("coloured", coloured)
