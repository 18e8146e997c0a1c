"""From application to partner."""

from __future__ import annotations

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import InvalidInput
from portal.core.events import emit
from portal.core.money import known_currency
from portal.partners.onboarding.events import (
    ApplicationApproved,
    ApplicationReceived,
    ApplicationRejected,
    ApplicationWaits,
)
from portal.partners.onboarding.models import ApplicationState, PartnerApplication
from portal.partners.onboarding.queries import responsible_managers
from portal.partners.onboarding.rules import check_move
from portal.partners.organizations.models import Partner, PartnerType
from portal.partners.organizations.services import add_partner
from portal.partners.people.rules import clean_email, clean_name
from portal.partners.people.services import invite_person
from portal.partners.territories.queries import get_territory
from portal.security.viewer import Role, Viewer


def apply_for_partnership(
    *, company: str, type: str, country: str, currency: str, contact_name: str,  # noqa: A002 - the word of the field
    contact_email: str, territory_id: int | None = None, website: str = "", message: str = "",
) -> PartnerApplication:  # fmt: skip
    """Keep what a company wrote on the public form; whether it is known already is not said."""
    if not company.strip():
        raise InvalidInput("Write the name of your company.", field="company")
    if type not in set(PartnerType):
        raise InvalidInput("Choose what kind of business you are.", field="type")
    if not known_currency(currency):
        raise InvalidInput("Use a currency code of three letters, such as USD.", field="currency")
    application = PartnerApplication(
        company=" ".join(company.split()), type=type, country=country.strip(), currency=currency,
        territory_id=get_territory(territory_id).id if territory_id is not None else None, website=website.strip(),
        contact_name=clean_name(contact_name), contact_email=_contact(contact_email), message=message.strip(),
        state=ApplicationState.SUBMITTED, created_at=clock.now(),
    )  # fmt: skip
    session.add(application)
    session.flush()
    audit.record("application.received", kind="application", id=application.id, label=application.company)
    managers = [person.email for person in responsible_managers(application.territory_id)]
    emit(
        ApplicationReceived(
            application_id=application.id, company=application.company, contact_name=application.contact_name,
            email=application.contact_email,
        )
    )  # fmt: skip
    emit(ApplicationWaits(application_id=application.id, company=application.company, recipients=managers))
    return application


def _contact(email: str) -> str:
    try:
        return clean_email(email)
    except InvalidInput as error:
        raise InvalidInput(error.sentence, field="contact_email") from error


def approve_application(
    application: PartnerApplication, *, code: str, by: Viewer, tier: str = "", segment: str = "",
    territory_id: int | None = None,
) -> Partner:  # fmt: skip
    """Make the company a partner and invite its contact as partner admin."""
    check_move(ApplicationState(application.state), ApplicationState.APPROVED)
    place = territory_id if territory_id is not None else application.territory_id
    territory = get_territory(place).name if place is not None else ""
    partner = add_partner(
        code, application.company, type=application.type, territory=territory, segment=segment, tier=tier,
        country=application.country, currency=application.currency, email=application.contact_email, by=by,
    )  # fmt: skip
    # The invitation follows from the decision, whatever roles the decider may give elsewhere.
    invite_person(
        application.contact_email, application.contact_name, Role.PARTNER_ADMIN.value, partner, by=by, confirmed=True
    )
    application.partner_id = partner.id
    _decide(application, ApplicationState.APPROVED, by=by, note="")
    emit(
        ApplicationApproved(
            application_id=application.id, partner_id=partner.id, company=application.company,
            contact_name=application.contact_name, email=application.contact_email,
        )
    )  # fmt: skip
    return partner


def reject_application(application: PartnerApplication, *, by: Viewer, reason: str) -> None:
    """Decline with a reason that the applicant reads."""
    check_move(ApplicationState(application.state), ApplicationState.REJECTED)
    if not reason.strip():
        raise InvalidInput("Say why; the applicant reads it.", field="reason")
    _decide(application, ApplicationState.REJECTED, by=by, note=reason.strip())
    emit(
        ApplicationRejected(
            application_id=application.id, company=application.company, contact_name=application.contact_name,
            email=application.contact_email, reason=reason.strip(),
        )
    )  # fmt: skip


def _decide(application: PartnerApplication, state: ApplicationState, *, by: Viewer, note: str) -> None:
    application.state, application.decided_at = state.value, clock.now()
    application.decided_by_id, application.decision_note = by.person_id, note
    session.flush()
    audit.record(
        f"application.{state.value}", kind="application", id=application.id, label=application.company, actor=by,
        partner_id=application.partner_id, reason=note or None,
    )  # fmt: skip
