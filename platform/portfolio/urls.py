"""Addresses of portfolios: the owner's own under portfolio/, what others see under p/."""

from django.urls import path

from portfolio.credentials import views as credentials
from portfolio.exports import views as exports
from portfolio.journey.views import journey
from portfolio.pages import views

app_name = "portfolio"
urlpatterns = [
    path("portfolio/", views.edit, name="edit"),
    path("portfolio/journey/", journey, name="journey"),
    path("portfolio/portfolio-<str:language>.pdf", exports.own_pdf, name="own_pdf"),
    path("portfolio/claims/<uuid:submission_id>/", views.show, name="show"),
    path("portfolio/links/", views.make_link, name="make_link"),
    path("portfolio/links/<int:link_id>/revoke/", views.revoke_link, name="revoke_link"),
    path("portfolio/claims/<int:claim_id>/credential/", credentials.issue, name="issue"),
    path("portfolio/credentials/<uuid:credential_id>/revoke/", credentials.revoke, name="revoke_credential"),
    path("credentials/<uuid:credential_id>/", credentials.credential, name="credential"),
    path("credentials/<uuid:credential_id>/credential.jwt", credentials.token, name="token"),
    path("credentials/<uuid:credential_id>/badge-<str:language>.<str:kind>", credentials.badge, name="badge"),
    path("credentials/<uuid:credential_id>/report.json", credentials.report, name="credential_report"),
    path("credentials/status/<int:number>/", credentials.status, name="status_list"),
    path("verify/", credentials.verify, name="verify"),
    path(".well-known/did.json", credentials.did, name="did"),
    path(".well-known/jwks.json", credentials.jwks, name="jwks"),
    path("p/link/<str:secret>/", views.by_link, name="by_link"),
    path("p/<slug:address>/", views.page, name="page"),
    path("p/<slug:address>/README.md", exports.readme, name="readme"),
    path("p/<slug:address>/resume.json", exports.resume, name="resume"),
    path("p/<slug:address>/evidence.json", exports.evidence, name="evidence"),
    path("p/<slug:address>/portfolio-<str:language>.pdf", exports.public_pdf, name="pdf"),
    path("p/<slug:address>/cards/<int:claim_id>-<str:language>-<str:scheme>.svg", exports.card_svg, name="card"),
]
