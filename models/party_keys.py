"""The key of a record that two offices hold, once for each further office under that one's key.

The office that holds the case has its wrap beside what it opens (``own_key``), so that no page asks
for it. Whoever else is told has one here, for as long as the release it follows stands: of the
whole record, or of the one part that was released (a mission on the way: the journey). It comes as
a *bundle*, sealed to the office and signed by the sender (:mod:`models.office_pairs`), and is
wrapped anew under the office's wrapping key when it is taken; where both offices' keys lie on one
machine and no pair is entered for them, it is wrapped at once.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from encryption import cipher, sealing_to, signing
from encryption.keyring import HeldElsewhere
from models.base import Base, db, now
from models.erasure import GONE
from models.key_wraps import held_version, keyring, unwrapped
from models.office_pairs import OfficePair, directory
from models.releases import CaseRelease
from models.sealed_records import OwnKey

BUNDLE = 0  # instead of a version of the wrapping keys
WHOLE = ""


class BundleRefused(Exception):
    """A bundle was altered, sent again, or is another office's or another record's."""


class KeyWrap(Base):
    """The key of a record, or of a part of it, for one office that was told."""

    __tablename__ = "key_wraps"
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    # Of which record: one of both.
    referral_id: Mapped[int | None] = mapped_column(ForeignKey("referrals.id"))
    return_id: Mapped[int | None] = mapped_column(ForeignKey("returns.id"))
    part: Mapped[str] = mapped_column(String(12), default=WHOLE)
    holder_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    release_id: Mapped[int] = mapped_column(ForeignKey("case_releases.id"), index=True)
    master_version: Mapped[int]  # of the holder's wrapping keys, or BUNDLE
    content: Mapped[bytes]
    by_id: Mapped[int | None]  # the account that told
    at: Mapped[datetime] = mapped_column(default=now)
    # Of a bundle: who sealed it, by which entry of the directory, to which; the signature.
    sender_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    sender_pair: Mapped[int | None]
    holder_pair: Mapped[int | None]
    signature: Mapped[bytes | None]
    release: Mapped[CaseRelease] = relationship()
    __table_args__ = (
        UniqueConstraint("referral_id", "part", "holder_id"),
        UniqueConstraint("return_id", "part", "holder_id"),
        Index("ix_key_wraps_holder", "holder_id", "master_version"),
    )

    @property
    def is_bundle(self) -> bool:
        """Whether its office has not taken it yet."""
        return self.master_version == BUNDLE

    def opened(self) -> bytes:
        """The key of the record or part. Raises :class:`BundleRefused` where the release it follows
        has ended, or it is not what the sender sealed for this record and office;
        :class:`encryption.keyring.HeldElsewhere` where the holder's keys are on another machine.
        """
        if not keyring().takes(self.holder_id):
            raise HeldElsewhere(self.holder_id)
        if not self.release.stands:
            raise BundleRefused(f"{self.context}: its release has ended")
        return self._unsealed() if self.is_bundle else unwrapped(self.content, self.context)

    def wrap(self, key: bytes, version: int) -> None:
        """Keep ``key`` under a version of the wrapping keys, the holder's newest."""
        wrapped = keyring().wrap(key, self.context, version)
        self.content, self.master_version = wrapped.content, wrapped.master_version

    def wrap_anew(self, version: int) -> None:
        """The same under a newer wrapping key; nobody asks whether the release still stands."""
        self.wrap(unwrapped(self.content, self.context), version)

    def take(self) -> None:
        """Wrap what came in a bundle under the holder's own key; once. Raises as :meth:`opened`."""
        if self.is_bundle:
            self.wrap(self.opened(), held_version(self.holder_id))

    def seal(self, key: bytes, sender: OfficePair, holder: OfficePair) -> None:
        """Seal ``key`` to the holder, signed by the sender: both as the directory has them."""
        self.sender_id, self.sender_pair = sender.office_id, sender.number
        self.holder_pair, self.master_version = holder.number, BUNDLE
        bound = self._bound(sender, holder)
        self.content = sealing_to.seal_to(holder.sealing, key, bound=bound)
        self.signature = signing.sign_publicly(sender.signs_with(), bound + self.content)

    def _unsealed(self) -> bytes:
        known = directory()
        sender = known.numbered(self.sender_pair, self.sender_id)
        holder = known.numbered(self.holder_pair, self.holder_id)
        if sender is None or holder is None or self.signature is None:
            raise BundleRefused(f"{self.context}: not by the directory")
        bound = self._bound(sender, holder)
        if not signing.verify_publicly(sender.signing, self.signature, bound + self.content):
            raise BundleRefused(f"{self.context}: not as it was signed")
        try:
            return sealing_to.open_with(holder.opens_with(), self.content, bound=bound)
        except cipher.Unreadable:
            raise BundleRefused(f"{self.context}: sealed to another") from None

    @property
    def context(self) -> str:
        """What a wrap is bound to: the record, the part, the office, the release."""
        record = f"returns/{self.return_id}"
        if self.referral_id is not None:
            record = f"referrals/{self.referral_id}"
        return f"key_wraps/{record}/{self.part}/{self.holder_id}/{self.release_id}"

    def _bound(self, sender: OfficePair, holder: OfficePair) -> bytes:
        """What a bundle is bound to besides: both offices as the directory has them, what the
        release is of, the day.
        """
        day = self.at.astimezone(UTC).date().isoformat()
        told = (self.context, str(self.sender_id), self.release.reference, day)
        places = (sender.hash or b"", holder.hash or b"")
        return signing.digest(b"bundle", *places, *(each.encode() for each in told))


class ToldKey(OwnKey):
    """Mixin for records of which another office may be told: with ``party_wraps``, theirs."""

    party_wraps: Any

    def told_key(self, part: str) -> bytes | None:
        """The key of a part (empty: of all) by a wrap whose office is here; None where none is.

        One that stands there after its release has ended is as none. Raises :class:`BundleRefused`.
        """
        for wrap in self.party_wraps:
            is_here = wrap.part == part and keyring().takes(wrap.holder_id)
            if is_here and wrap.release.stands:
                return bytes(wrap.opened())
        return None

    def forget(self) -> None:
        """Destroy the key, and with it every office's wrap of it."""
        super().forget()
        for wrap in self.party_wraps:
            db.session.delete(wrap)
        db.session.flush()
        db.session.expire(self, ["party_wraps"])
