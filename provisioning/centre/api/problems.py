"""Every refusal of the centre over HTTP: RFC 9457 problem documents; one code has one status and words zh and en."""

import json
from collections.abc import Mapping

from fastapi import Response
from pydantic import BaseModel

MEDIA_TYPE = "application/problem+json"

CODES: dict[str, tuple[int, str, str]] = {
    "request.invalid": (422, "请求内容不符合要求", "The request does not fit its schema"),
    "request.refused": (400, "无法理解该请求", "The request cannot be understood"),
    "request.too_large": (413, "请求内容过大", "The body is too large"),
    "request.not_found": (404, "此地址没有内容", "There is nothing at this address"),
    "request.method_not_allowed": (405, "此地址不支持该方法", "This address does not know that method"),
    "request.too_often": (429, "请求过于频繁，请稍后再试", "Too many requests: try again later"),
    "auth.missing": (401, "请先登录", "Somebody must be signed in for that"),
    "auth.sign_in": (401, "用户名或密码不正确", "The name or the password is wrong"),
    "auth.throttled": (429, "登录失败次数过多，请稍后再试", "Too many failures to sign in: try again later"),
    "auth.taken": (409, "该用户名已存在", "That name is taken"),
    "auth.unknown": (404, "没有该账号", "There is no such account"),
    "auth.last_admin": (409, "至少须保留一名可登录的管理员", "The last admin who can sign in stays one"),
    "auth.proof": (401, "终端身份证明无效", "The terminal's proof is not valid"),
    "auth.replayed": (401, "终端身份证明已被使用过", "The terminal's proof was used before"),
    "auth.forbidden": (403, "此账号无权进行该操作", "This account may not do that"),
    "auth.csrf": (403, "页面已过期，请刷新后重试", "The page is too old or not ours: load it again"),
    "auth.origin": (403, "请求来自其他网站", "The request comes from another site"),
    "enrolment.unknown": (404, "没有该登记编号", "There is no such code"),
    "enrolment.expired": (410, "登记编号已过期，请在终端上重新获取", "The code is too old: take the new one"),
    "enrolment.decided": (409, "该终端已被处理", "Somebody has decided on this terminal already"),
    "enrolment.too_many": (429, "等待登记的终端过多", "Too many terminals wait to be let in"),
    "enrolment.key": (422, "终端密钥无效", "The terminal's key is no key"),
    "enrolment.settings": (
        422,
        "该终端的设置还不完整：先在全局、大厅或分组层补齐",
        "What its layers say is not enough to serve: complete the fleet's, the hall's or a group's layer first",
    ),
    "enrolment.name_reserved": (409, "该编号由系统保留", "That id is the centre's own"),
    "enrolment.other_machine": (409, "该编号属于另一台设备", "That id belongs to another machine"),
    "enrolment.not_approved": (409, "该终端尚未获准", "The terminal was not let in"),
    "enrolment.retired": (410, "该终端已退役", "The terminal is out of service"),
    "registry.unknown": (404, "没有该记录", "There is no such hall, group or terminal"),
    "registry.taken": (409, "该编号已被使用", "That id was used before"),
    "registry.retired": (409, "该终端已退役", "The terminal is out of service"),
    "registry.in_use": (409, "仍在使用中", "It is in use"),
    "csv.refused": (422, "表格有误，未导入任何内容", "The table has faults: nothing was taken"),
    "artefact.unknown": (404, "该地址已使用或已失效", "This address was used, or its time is over"),
    "artefact.invalid": (422, "上传内容不符合要求", "That is not what was asked for"),
    "layer.moved": (409, "该层设置已被他人修改", "Somebody else changed the layer meanwhile"),
    "keys.refused": (409, "该密钥不能吊销", "That key cannot be revoked"),
    "centre.store": (503, "中心数据库暂时不可用", "The centre's database cannot be used"),
    "centre.disk": (507, "中心数据库磁盘已满", "The disk of the centre's database is full"),
    "centre.vault": (500, "中心密钥无法使用", "The centre's own key cannot be used"),
    "centre.internal": (500, "中心内部错误", "Something is wrong in the centre"),
}


class Problem(BaseModel):
    """What went wrong. ``code`` is for programs, ``title`` for people."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str = ""
    facts: dict[str, str] = {}


class Rejected(Exception):
    """The request goes no further. ``detail`` never repeats what was sent; ``close``: the body was not read."""

    def __init__(
        self, code: str, detail: str = "", facts: Mapping[str, str] | None = None, *, close: bool = False
    ) -> None:
        super().__init__(code)
        self.code, self.detail, self.facts, self.close = code, detail, dict(facts or {}), close


def described(code: str) -> tuple[int, str, str]:
    """Status and words of ``code``. One of another part of the centre that nobody listed here is still a refusal."""
    if code in CODES:
        return CODES[code]
    status = 404 if code.endswith(".unknown") else 409 if code.startswith(("rollout.", "draft.")) else 422
    return status, "操作未被接受", "That was refused"


def problem_of(error: Rejected, language: str) -> Problem:
    """In ``language``, zh or en."""
    status, zh, en = described(error.code)
    title = zh if language == "zh" else en
    return Problem(title=title, status=status, code=error.code, detail=error.detail, facts=error.facts)


def send(error: Rejected, language: str) -> Response:
    """The problem document."""
    problem = problem_of(error, language)
    response = Response(
        json.dumps(problem.model_dump(), ensure_ascii=False), problem.status, media_type=MEDIA_TYPE
    )
    if error.close:
        response.headers["Connection"] = "close"
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = "Proof" if error.code in _OF_TERMINALS else "Session"
    if "seconds" in error.facts:
        response.headers["Retry-After"] = error.facts["seconds"]
    return response


_OF_TERMINALS = ("auth.proof", "auth.replayed")
