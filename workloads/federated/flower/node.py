"""What a SuperNode runs for each message: Flower's ClientApp around `answering`."""

from pathlib import Path

from flwr.app import ConfigRecord, Context, Message, RecordDict
from flwr.clientapp import ClientApp

from workloads.federated.flower.answering import answered

MAIL, BODY = "mail", "frame"
"""Where in a message's content its bytes are."""

app = ClientApp()


@app.train()  # type: ignore[untyped-decorator]
def answer(message: Message, context: Context) -> Message:
    """Answer one round of a sum."""
    reply = answered(Path(str(context.node_config["folder"])), message.content[MAIL][BODY])
    return Message(RecordDict({MAIL: ConfigRecord({BODY: reply})}), reply_to=message)
