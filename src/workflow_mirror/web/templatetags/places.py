from django import template

from workflow_mirror.web.kit import search_links

register = template.Library()
register.simple_tag(search_links.place_url, name="place_url")
