"""Writing checkpoints (C2SP tlog-checkpoint). Reading and checking them is `checker`'s."""

from collections.abc import Sequence

from verwerkingenlog.ledger.checker import Checkpoint, to_base64
from verwerkingenlog.ledger.note import Signer, sign_note


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """Give the text that is signed: origin, size and root (tlog-checkpoint, Note text)."""
    return f"{checkpoint.origin}\n{checkpoint.size}\n{to_base64(checkpoint.root)}\n"


def sign_checkpoint(checkpoint: Checkpoint, signers: Sequence[Signer]) -> str:
    """Give the signed note of a checkpoint; a signer must have the origin as its name. Rule T1."""
    if all(signer.verifier.name != checkpoint.origin for signer in signers):
        raise ValueError(checkpoint.origin)
    return sign_note(checkpoint_text(checkpoint), signers)
