"""Receipts: what the contract on the chain in use has checked, with all that a check of one's own takes."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from privacy.chains.choice import chosen
from privacy.chains.deploying import deployed
from privacy.chains.opening import open_chain
from privacy.provers.prover import KINDS, KeyKind
from privacy.services.receipts import CONTRACT, Book, Kept, Model
from privacy.web.limits import Refused
from privacy.web.rest.desk import Desk
from privacy.web.rest.problems import documented

_ID = r"^0x[0-9a-f]{64}$"
ReceiptId = Annotated[str, Path(description="The id of a receipt.", pattern=_ID, examples=["0x" + "00" * 32])]


class KeyOfModel(BaseModel):
    """The key that a model's proofs are checked with, and how it was made, as its registrar says."""

    digest: str = Field(description="Keccak-256 of `verifying`, as the contract has it.")
    kind: Literal["dev", "ceremony"]
    label: str = Field(description="What must stand beside a proof under it.")
    verifying: str = Field(description="24 words: alpha, beta, gamma, delta and five points of the inputs.")
    registrar: str


class PublicInputs(BaseModel):
    """The public inputs of a proof, in their order: numbers, in hexadecimal digits."""

    model: str = Field(description="The root of the model.")
    profile: str = Field(description="The commitment to the history.")
    selection: str = Field(description="The commitment to the list.")
    context: str = Field(description="What binds the proof to its chain, contract, account, model and number.")


class Receipt(BaseModel):
    """A receipt that the contract has checked. It says neither the list nor the history."""

    id: str
    chain: int
    contract: str
    account: str
    number: int = Field(description="How many receipts the account had before.")
    model: str
    block: int
    transaction: str
    public: PublicInputs
    key: KeyOfModel
    proof: str = Field(description="8 words: A, B and C.")


def router(desk: Desk) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["receipts"])

    @routes.get("/receipts/{id}", responses=documented(404))
    def of_id(id: ReceiptId) -> Receipt:
        """A receipt of the chain in use. Whoever has this answer can check the proof without the chain."""
        registry = desk.registry()
        with open_chain(registry, chosen(registry)) as chain:
            contract = deployed(chain, CONTRACT)
            if contract is None:
                raise Refused(404, "Nothing is there", "No book of receipts is known on the chain in use.")
            book = Book(chain, contract.address)
            found = book.found(bytes.fromhex(id[2:]))
            if found is None:
                raise Refused(404, "No such receipt", "The book on the chain in use has no receipt of this id.")
            return _shown(book, chain.chain_id, *found)

    return routes


def _shown(book: Book, chain: int, kept: Kept, model: Model) -> Receipt:
    kind: KeyKind = "ceremony" if model.kind == "ceremony" else "dev"
    return Receipt(
        id="0x" + kept.id.hex(), chain=chain, contract=book.contract.address, account=kept.account,
        number=kept.number, model="0x" + model.id.hex(), block=kept.block, transaction="0x" + kept.transaction.hex(),
        public=PublicInputs(
            model=hex(model.root), profile=hex(kept.profile), selection=hex(kept.shown), context=hex(kept.context)
        ),
        key=KeyOfModel(
            digest="0x" + model.key_digest.hex(), kind=kind, label=KINDS[kind], verifying="0x" + model.key.hex(),
            registrar=model.registrar,
        ),
        proof="0x" + book.proof(kept).hex(),
    )  # fmt: skip
