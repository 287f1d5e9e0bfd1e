"""How facts are rendered: the published alert, Slack, Amazon Q, the HTML report, the JSON reply. Pure."""
