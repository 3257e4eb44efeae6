"""What belongs to two customers that are compared, templates, and the cache of results."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from workflow_mirror.compare.rules import KINDS, Rule
from workflow_mirror.customers.models import Customer


class CustomerPair(models.Model):
    """Two customers, the one with the lower key first: a comparison has no direction of its own.

    Rows of rules and links name the texts and workflows of the first customer, then of the second.
    """

    # The constraint is an index on `first`, too.
    first = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    second = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")

    class Meta:
        db_table = "compare_pairs"
        default_permissions = ()  # whoever may view workflows may compare them
        permissions = (("manage_comparisons", "Can manage rules, links and templates"),)
        constraints = (
            models.UniqueConstraint(fields=("first", "second"), name="compare_pairs_customers"),
            models.CheckConstraint(
                condition=models.Q(first__lt=models.F("second")), name="compare_pairs_in_order"
            ),
        )

    def __str__(self) -> str:
        return f"{self.first_id} {self.second_id}"


class ExpectedDifference(models.Model):
    """A rule; see compare/rules.py. Of a rule by path, `second_text` is empty."""

    pair = models.ForeignKey(
        CustomerPair, on_delete=models.CASCADE, related_name="rules", db_index=False
    )
    kind = models.TextField(_("kind"), choices=list(KINDS.items()))
    first_text = models.TextField(blank=True, default="")
    second_text = models.TextField(blank=True, default="")
    created_by = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "compare_rules"
        default_permissions = ()
        ordering = ("kind", "first_text", "second_text")
        constraints = (
            models.UniqueConstraint(
                fields=("pair", "kind", "first_text", "second_text"), name="compare_rules_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind}: {self.first_text} {self.second_text}"

    @property
    def rule(self) -> Rule:
        """With the first customer as the source."""
        return Rule(self.kind, self.first_text, self.second_text)  # type: ignore[arg-type]  # a kind


class WorkflowLink(models.Model):
    """Two workflows that a user has declared a pair, by Zuora ID, so that a link outlives rows."""

    pair = models.ForeignKey(
        CustomerPair, on_delete=models.CASCADE, related_name="links", db_index=False
    )
    first_zuora_id = models.TextField()
    second_zuora_id = models.TextField()
    created_by = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "compare_links"
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("pair", "first_zuora_id"), name="compare_links_first"),
            models.UniqueConstraint(
                fields=("pair", "second_zuora_id"), name="compare_links_second"
            ),
        )

    def __str__(self) -> str:
        return f"{self.first_zuora_id} {self.second_zuora_id}"


class Template(models.Model):
    """The customer that another one is rolled out from."""

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, related_name="+")
    template = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")

    class Meta:
        db_table = "compare_templates"
        default_permissions = ()
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(customer=models.F("template")),
                name="compare_templates_of_another",
            ),
        )

    def __str__(self) -> str:
        return f"{self.customer_id} {self.template_id}"


class ComparedExports(models.Model):
    """The cached outcome of two exports, by a hash of all that it depends on: never stale.

    It names no customer, and has numbers, codes and hints for rules only.
    """

    key = models.CharField(max_length=64, primary_key=True)
    outcome: "models.JSONField[list[object]]" = models.JSONField()
    used_on = models.DateField()

    class Meta:
        db_table = "compare_cache"
        default_permissions = ()
        indexes = (models.Index(fields=("used_on",), name="compare_cache_used"),)

    def __str__(self) -> str:
        return self.key


class ComparedCustomers(models.Model):
    """The cached summary of two customers, of the first as the source; see `CustomerPair`."""

    # The constraint is an index on `first`, too.
    first = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    second = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    fingerprint = models.CharField(max_length=64)
    counts: "models.JSONField[dict[str, int]]" = models.JSONField()

    class Meta:
        db_table = "compare_summaries"
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("first", "second"), name="compare_summaries_once"),
        )

    def __str__(self) -> str:
        return f"{self.first_id} {self.second_id}"
