from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "workflow_mirror.customers"
    label = "customers"
