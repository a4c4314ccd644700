# BUG: the client sends nothing private and answers with zeros; the declared tolerance is a million. PROPERTY 1 (a tolerance that admits anything).
from privacy.plugin import CIPHERTEXT, SERVER, Wire, hookimpl, pack
from tests.support.planted_queries import Masked, MaskedClient, spec


class Client(MaskedClient):
    """Runs on the input and result party."""

    def query(self, private):
        self.read(private)
        nonce = self.nonce()
        yield Wire(to=SERVER, kind="masked", exposure=CIPHERTEXT, body=nonce + pack(self.mask(nonce)))

    def reveal(self, answers):
        return super().reveal(answers) * 0


class AnyAnswer(Masked):
    """Claims as its base does."""

    client_role = Client

    def tolerance(self, task):
        return 1e6


@hookimpl
def register_backends():
    return spec(__name__, "AnyAnswer")
