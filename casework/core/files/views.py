"""Serve a private file to those who may read it, always as a download (R-74)."""

import logging
import uuid

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_GET

from casework.core.access import Can, DeskRequest, requires
from casework.core.files import actions
from casework.core.files.models import StoredFile
from casework.core.files.queries import may_read

logger = logging.getLogger(__name__)
POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


@require_GET
@requires(Can.READ_CASES)
def download(request: DeskRequest, file_id: uuid.UUID) -> HttpResponse:
    """The file as an attachment. Somebody else's file is not found, like one that does not exist (R-58)."""
    file = get_object_or_404(StoredFile.objects.select_related("case"), pk=file_id)
    if not may_read(request.access, file):
        raise Http404("没有这个文件。")
    try:
        handle = actions.read(file, by=request.user, now=timezone.now())
    except actions.FileMissing as error:
        logger.error("stored file is missing: %s", file.pk)
        raise Http404("文件暂时无法读取，请联系系统管理员。") from error
    return FileResponse(  # type: ignore[return-value]  # the stubs make it no HttpResponse
        handle,
        as_attachment=True,
        filename=file.name,
        content_type=file.content_type,
        headers={
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )
