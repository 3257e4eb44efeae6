from django import template

from workflow_mirror.web import known_errors

register = template.Library()
register.filter("in_our_language", known_errors.in_our_language)
