"""The class of each R2 operation; https://developers.cloudflare.com/r2/pricing/."""

from collections.abc import Mapping

_CLASS_A = frozenset(
    (
        "ListBuckets",
        "PutBucket",
        "ListObjects",
        "PutObject",
        "CopyObject",
        "CompleteMultipartUpload",
        "CreateMultipartUpload",
        "LifecycleStorageTierTransition",
        "ListMultipartUploads",
        "UploadPart",
        "UploadPartCopy",
        "ListParts",
        "PutBucketEncryption",
        "PutBucketCors",
        "PutBucketLifecycleConfiguration",
    )
)
_CLASS_B = frozenset(
    (
        "HeadBucket",
        "HeadObject",
        "GetObject",
        "UsageSummary",
        "ReportUsageSummary",
        "GetBucketEncryption",
        "GetBucketLocation",
        "GetBucketCors",
        "GetBucketLifecycleConfiguration",
    )
)
_FREE = frozenset(("DeleteObject", "DeleteObjects", "DeleteBucket", "AbortMultipartUpload"))

CLASSES: Mapping[str, str] = dict.fromkeys(_CLASS_A, "a") | dict.fromkeys(_CLASS_B, "b")
KNOWN_ACTIONS = _CLASS_A | _CLASS_B | _FREE
