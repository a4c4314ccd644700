"""A sum that is one entry short, and one that nobody is in."""

from backends.plain.aggregation import PlainAggregation, PlainCollector
from privacy.plugin import BackendSpec, Done, Sum, hookimpl


class ShortCollector(PlainCollector):
    def step(self, round_, inbox):
        result = super().step(round_, inbox)
        if isinstance(result, Done):
            total, included, refused = result.output
            return Done(Sum(total[:-1], included, refused))
        return result


class LonelyCollector(PlainCollector):
    def step(self, round_, inbox):
        result = super().step(round_, inbox)
        return Done(Sum(result.output[0], (), {})) if isinstance(result, Done) else result


class ShortSum(PlainAggregation):
    def collector(self, seat):
        return ShortCollector(seat)


class LonelySum(PlainAggregation):
    def collector(self, seat):
        return LonelyCollector(seat)


@hookimpl
def register_backends():
    return [
        BackendSpec(id="short_sum", title="Short", summary="s", implements={"aggregation": f"{__name__}:ShortSum"}),
        BackendSpec(id="lonely", title="Lonely", summary="s", implements={"aggregation": f"{__name__}:LonelySum"}),
    ]
