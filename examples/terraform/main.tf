# Budgets from the same YAML files, managed by Terraform instead of `cloudflare-budgets apply`.
# Validate the files first: cloudflare-budgets validate budgets/
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "prefix" {
  description = "The stack parameter ParameterPrefix."
  type        = string
  default     = "/cloudflare-budgets"
}

variable "folder" {
  description = "The folder with the budget files."
  type        = string
  default     = "../budgets"
}

locals {
  files    = [for name in fileset(var.folder, "*.yaml") : yamldecode(file("${var.folder}/${name}"))]
  accounts = merge([for file in local.files : try(file.accounts, {})]...)
  prices   = merge([for file in local.files : try(file.prices, {})]...)
  # Fields of `defaults` apply to every budget of their file; an alias of an account becomes its id.
  budgets = merge([
    for file in local.files : {
      for name, budget in try(file.budgets, {}) : name => merge(
        try(file.defaults, {}),
        budget,
        try({ account_id = lookup(local.accounts, budget.account_id, budget.account_id) }, {}),
      )
    }
  ]...)
}

resource "aws_ssm_parameter" "budget" {
  for_each = local.budgets

  name  = "${var.prefix}/budgets/${each.key}"
  type  = "String"
  value = jsonencode(each.value)
}

# Your own prices, if a file has some.
resource "aws_ssm_parameter" "prices" {
  count = length(local.prices) > 0 ? 1 : 0

  name  = "${var.prefix}/prices"
  type  = "String"
  value = jsonencode(local.prices)
}

output "budgets" {
  description = "The parameters that hold budgets."
  value       = sort([for parameter in aws_ssm_parameter.budget : parameter.name])
}
