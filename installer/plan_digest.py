"""Whether two plans are the same. Pure."""

import hashlib

from installer.session import Plan


def plan_digest(plan: Plan) -> str:
    """SHA-256 over who signed, the digests of all operations, in their order, and over what is done
    already.

    Who read that a release is signed has not agreed to an unsigned one of the same bytes.
    """
    whole, done = hashlib.sha256((plan.signed_by or "").encode()), plan.done_already
    for operation in plan.operations:
        whole.update(operation.digest().encode())
        if operation.id in done:
            whole.update(b"done")
    return whole.hexdigest()
