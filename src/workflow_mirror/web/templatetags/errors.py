from django import template

from workflow_mirror import error_texts

register = template.Library()
register.filter("translated", error_texts.translated)
