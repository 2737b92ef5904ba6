"""Every address of the site."""

from allauth.account.decorators import secure_admin_login
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from accounts.views import choose_language
from config.health import healthz, readyz
from config.views import home
from submissions.workers.views import status

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "Karui"
admin.site.unregister([SocialApp, SocialToken])  # only the environment describes GitHub, and its tokens are not kept
if not settings.GITHUB_SIGN_IN:
    admin.site.unregister(SocialAccount)

handler500 = "config.views.server_error"
urlpatterns = [
    path("", home, name="home"),
    path("", include("career.urls")),
    path("interviews/", include("interviews.urls")),
    path("skills/", include("skills.urls")),
    path("challenges/", include("catalog.urls")),
    path("submissions/", include("submissions.urls")),
    path("boards/", include("boards.urls")),
    path("status/", status, name="status"),
    path("", include("portfolio.urls")),
    path("api/", include("api.urls")),
    path("accounts/", include("accounts.urls")),
    path("language/", choose_language, name="choose_language"),
    path("admin/", admin.site.urls),
    path("healthz", healthz),
    path("readyz", readyz),
]
