"""What proves that we read the wire rightly: the page's own example, and the official SDK."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

# The example of the API page, to the letter.
# https://developers.cloudflare.com/api/resources/billing/subresources/usage/methods/get/
PAGE_EXAMPLE = """
{
  "errors": [
    {
      "message": "message",
      "code": 0
    }
  ],
  "messages": [
    {
      "message": "message",
      "code": 0
    }
  ],
  "result": [
    {
      "BillingAccountId": "023e105f4ecef8ad9ca31a8372d0c353",
      "BillingAccountName": "My Account",
      "ChargeCategory": "Usage",
      "ChargeDescription": "Workers Standard Requests — daily usage",
      "ChargeFrequency": "Usage-Based",
      "ChargePeriodEnd": "2025-05-02T00:00:00Z",
      "ChargePeriodStart": "2025-05-01T00:00:00Z",
      "ConsumedQuantity": 150000,
      "ConsumedUnit": "Requests",
      "HostProviderName": "Cloudflare",
      "InvoiceIssuerName": "Cloudflare",
      "ServiceProviderName": "Cloudflare",
      "x_BillableMetricName": "Workers Standard Requests",
      "BilledCost": 0,
      "BillingCurrency": "USD",
      "BillingPeriodEnd": "2025-06-01T00:00:00Z",
      "BillingPeriodStart": "2025-05-01T00:00:00Z",
      "ChargeClass": "Correction",
      "ContractedCost": 0.75,
      "ContractedUnitPrice": 0.000005,
      "EffectiveCost": 0,
      "ListCost": 0.75,
      "ListUnitPrice": 0.000005,
      "PricingQuantity": 150000,
      "PricingUnit": "Requests",
      "RegionId": "EEUR",
      "RegionName": "Eastern Europe",
      "SubAccountId": "c9bd752d-9ca8-411d-b804-be44a758057f",
      "SubAccountName": "My Subscription",
      "x_BillableMetricId": "workers_standard_requests",
      "x_ProductFamilyName": "Workers",
      "x_ZoneId": "023e105f4ecef8ad9ca31a8372d0c353",
      "x_ZoneName": "example.com"
    }
  ],
  "success": true
}
"""


def assert_reads_the_same(sdk_value: BaseModel, raw: Mapping[str, Any]) -> None:
    """See that the SDK reads each column as it stands on the wire, and leaves none out."""
    columns = {(field.alias or name): name for name, field in type(sdk_value).model_fields.items()}
    assert raw.keys() <= columns.keys()
    for column, field in columns.items():
        read, wire = getattr(sdk_value, field), raw.get(column)
        if isinstance(read, datetime):
            assert wire == read.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        elif isinstance(wire, Decimal):
            assert read == float(wire)
        else:
            assert read == wire, column
