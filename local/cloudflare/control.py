"""The way into a local Cloudflare that runs in another process: paths below `/_local/`.

`PUT /_local/faults` with a JSON list of faults replaces those that are on, `DELETE /_local/faults` heals them
all, `GET /_local/requests` lists what was asked so far.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from local.cloudflare.calls import Reply, Request
from local.cloudflare.faults import faults_of_json
from local.cloudflare.json_text import render

if TYPE_CHECKING:
    from local.cloudflare.json_text import Json
    from local.cloudflare.server import LocalCloudflare

BASE_PATH = "/_local/"


def answer(request: Request, cloudflare: LocalCloudflare) -> Reply:
    """Do what the control path says."""
    match request.method, request.path.removeprefix(BASE_PATH):
        case "PUT", "faults":
            return _put_faults(request.body, cloudflare)
        case "DELETE", "faults":
            cloudflare.switch_off()
            return _said({"faults": []})
        case "GET", "requests":
            return _said({"requests": [_record(asked) for asked in cloudflare.requests]})
    return _said({"error": f"no such control: {request.method} {request.path}"}, HTTPStatus.NOT_FOUND)


def _put_faults(body: bytes, cloudflare: LocalCloudflare) -> Reply:
    try:
        faults = faults_of_json(body)
    except (KeyError, TypeError, ValueError) as error:
        return _said({"error": str(error)}, HTTPStatus.BAD_REQUEST)
    cloudflare.faults.replace(faults)
    return _said({"faults": [str(fault.kind) for fault in faults]})


def _record(request: Request) -> Json:
    return {
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": request.headers,
    }


def _said(document: Json, status: HTTPStatus = HTTPStatus.OK) -> Reply:
    return Reply(status, render(document).encode())
