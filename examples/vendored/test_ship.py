"""The program against fake services: no request leaves the machine, and nothing waits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests
import responses

from clients import parcel, weather
from clients.support import Progress, StepFailed, WorkflowError
from ship import Services, connect, first_dry_day, main, ship

WEATHER, PARCEL = "https://weather.example", "https://parcel.example/v1"
ADA = ("Ada Lovelace", "12 St James's Square, London", "London")
WET: weather.Day = {"date": "2026-03-30", "rain_mm": 7.5}
DRY: weather.Day = {"date": "2026-03-31", "rain_mm": 0}
PRICE: parcel.Price = {"amount": 4.2, "currency": "EUR"}


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEATHER_TOKEN", "weather-secret")
    monkeypatch.setenv("PARCEL_KEY", "parcel-secret")


@pytest.fixture
def fake() -> Iterator[responses.RequestsMock]:
    """Services that must be asked all that they can answer, and nothing else."""
    with responses.RequestsMock() as mock:
        yield mock


def forecast(fake: responses.RequestsMock, *days: weather.Day) -> None:
    found = {"places": [{"id": "p1", "name": "London", "kind": "town"}]}
    fake.get(f"{WEATHER}/places", json=found)
    fake.get(f"{WEATHER}/places/p1/forecast", json={"days": list(days)})


def journey(
    fake: responses.RequestsMock, *statuses: parcel.ShipmentStatus, booked: int = 201
) -> None:
    shipment = {"id": "s1", "price": PRICE}
    fake.post(
        f"{PARCEL}/shipments", status=booked, json={**shipment, "status": "booked"}
    )
    for status in statuses:
        fake.get(f"{PARCEL}/shipments/s1", json={**shipment, "status": status})


def services(waits: list[float], seen: list[Progress] | None = None) -> Services:
    """Clients of one session that do not wait, but note for how long they would."""
    note = None if seen is None else seen.append
    connected = connect(requests.Session(), on_progress=note)
    return replace(connected, parcel=replace(connected.parcel, sleep=waits.append))


def test_a_parcel_is_sent_on_the_first_dry_day(fake: responses.RequestsMock) -> None:
    forecast(fake, WET, DRY)
    journey(fake, "booked", "underway", "delivered")
    waits: list[float] = []
    seen: list[Progress] = []
    sent = ship(services(waits, seen), *ADA)
    assert sent == parcel.SendParcelOutputs(
        shipment_id="s1", price=PRICE, status="delivered", signed_by=None
    )
    place, days, booking, *_ = (call.request for call in fake.calls)
    assert place.url == f"{WEATHER}/places?name=London&kind=town"
    assert days.headers["Authorization"] == "Bearer weather-secret"
    assert booking.headers["X-Parcel-Key"] == "parcel-secret"
    assert isinstance(booking.body, bytes)
    assert json.loads(booking.body)["pickup_date"] == DRY["date"]
    assert waits == [600, 900]
    steps = [progress.step for progress in seen if not progress.wait]
    assert steps == ["findPlace", "readDays", "book", "follow", "follow", "follow"]


def test_nothing_is_sent_while_it_rains(fake: responses.RequestsMock) -> None:
    forecast(fake, WET)
    assert ship(services([]), *ADA) is None


def test_a_booking_is_tried_again_while_the_service_is_overloaded(
    fake: responses.RequestsMock,
) -> None:
    forecast(fake, DRY)
    fake.post(f"{PARCEL}/shipments", status=503)
    journey(fake, "returned")
    waits: list[float] = []
    sent = ship(services(waits), *ADA)
    assert sent is not None and sent.status == "returned"
    assert waits == [2]


def test_an_error_of_either_service_is_a_workflow_error(
    fake: responses.RequestsMock,
) -> None:
    fake.get(f"{WEATHER}/places", json={"places": []})
    with pytest.raises(WorkflowError, match=r"findPlace: \$.places\[0\] does not hold"):
        ship(services([]), *ADA)
    fake.reset()
    forecast(fake, DRY)
    journey(fake, booked=402)
    with pytest.raises(WorkflowError) as raised:
        ship(services([]), *ADA)
    assert isinstance(raised.value, StepFailed)
    assert raised.value.result.status_code == 402
    assert "secret" not in str(raised.value)


def test_the_classes_of_the_support_are_the_same_for_both() -> None:
    assert parcel.WorkflowError is weather.WorkflowError is WorkflowError


def test_the_command(
    fake: responses.RequestsMock, capsys: pytest.CaptureFixture[str]
) -> None:
    forecast(fake, DRY)
    journey(fake, "delivered")
    assert main(ADA) == 0
    assert capsys.readouterr().out == "s1: delivered, 4.20 EUR\n"


def test_a_step_can_be_called_by_itself(fake: responses.RequestsMock) -> None:
    fake.get(f"{WEATHER}/places/p1/forecast", json={"days": [DRY]})
    client = weather.Client(weather_token="weather-secret")
    result = weather.read_days(client, place_id="p1", days=1)
    assert first_dry_day(result.require().days) == DRY["date"]
