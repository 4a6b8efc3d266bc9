"""Send a parcel on the first dry day, and wait until it has arrived."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import requests

from clients import parcel, weather
from clients.support import Polling, Progress, WorkflowError


@dataclass(frozen=True)
class Services:
    """The client of each service."""

    weather: weather.Client
    parcel: parcel.Client


def connect(
    session: requests.Session, on_progress: Callable[[Progress], None] | None = None
) -> Services:
    """Return clients that share one session, and so its connections and proxies."""
    return Services(
        weather.Client(
            session=session,
            on_progress=on_progress,
            weather_token=lambda: os.environ["WEATHER_TOKEN"],
        ),
        parcel.Client(
            session=session,
            on_progress=on_progress,
            parcel_key=lambda: os.environ["PARCEL_KEY"],
            polling=Polling(interval=600, max_interval=3600, timeout=14 * 24 * 3600),
        ),
    )


def first_dry_day(days: Iterable[weather.Day]) -> str | None:
    """Return the date of the first day without much rain."""
    return next((day["date"] for day in days if day["rain_mm"] < 1), None)


def ship(
    services: Services, recipient: str, address: str, town: str
) -> parcel.SendParcelOutputs | None:
    """Send a parcel on the first dry day in a town; None where it rains on and on.

    Raises:
        WorkflowError: one of the services does not do what its workflow needs.
    """
    forecast = weather.run_read_forecast(
        services.weather, weather.ReadForecastInputs(town=town)
    )
    date = first_dry_day(forecast.days)
    if date is None:
        return None
    return parcel.run_send_parcel(
        services.parcel,
        parcel.SendParcelInputs(recipient=recipient, address=address, pickup_date=date),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Send a parcel; 0 where it was delivered, and 1 where it was not."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("recipient", "address", "town"):
        parser.add_argument(name)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with requests.Session() as session:
        try:
            sent = ship(
                connect(session), options.recipient, options.address, options.town
            )
        except WorkflowError as error:
            print(error, file=sys.stderr)
            return 1
    if sent is None:
        print("no dry day is in sight", file=sys.stderr)
        return 1
    price = f"{sent.price['amount']:.2f} {sent.price['currency']}"
    print(f"{sent.shipment_id}: {sent.status}, {price}")
    return 0 if sent.status == "delivered" else 1


if __name__ == "__main__":
    sys.exit(main())
