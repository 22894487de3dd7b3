"""Identities: which Microsoft Entra ID identity a connection string or a setting asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from shared.errors import InvalidConnectionStringError

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

AuthType = Literal["azure", "azure.msi", "azure.app", "aad"]
Kind = Literal["default", "managed", "application"]


@dataclass(frozen=True, slots=True)
class Identity:
    """`default` is azure-identity's chain, `managed` a managed identity, `application` a service principal.

    `client_certificate` is the path of a PEM or PKCS#12 file.
    """

    kind: Kind
    client_id: str | None = None
    tenant_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    client_certificate: str | None = None


def identity_from_parts(auth_type: AuthType, parts: Mapping[str, str]) -> Identity:
    """Choose the identity by AuthType; `parts` are the connection string's, their keys in lower case."""
    if auth_type == "azure":
        return Identity("default")
    if auth_type == "azure.app" or (auth_type == "aad" and parts.get("clientid") and parts.get("tenantid")):
        return _application(parts)
    # AuthType=aad without client id or without tenant id: a secret is not looked at.
    return Identity("managed", client_id=parts.get("clientid") or None)


def _application(parts: Mapping[str, str]) -> Identity:
    for key, name in (("clientid", "ClientId"), ("tenantid", "TenantId")):
        if not parts.get(key):
            raise InvalidConnectionStringError(name, "is missing, and AuthType asks for an application")
    secret = parts.get("clientsecret") or None
    # Azure's documentation calls it ClientCertPath, its SDK reads ClientCert.
    certificate = parts.get("clientcert") or parts.get("clientcertpath") or None
    if not secret and not certificate:
        raise InvalidConnectionStringError("ClientSecret or ClientCert", "is missing, and AuthType asks for one")
    return Identity("application", parts["clientid"], parts["tenantid"], secret, None if secret else certificate)


def azure_credential(identity: Identity) -> TokenCredential:
    """Make azure-identity's credential; the import is here because it costs as much as all else together."""
    import azure.identity

    try:
        if identity.kind == "default":
            return azure.identity.DefaultAzureCredential()
        if identity.kind == "managed":
            return azure.identity.ManagedIdentityCredential(client_id=identity.client_id)
        return _application_credential(identity)
    except (ValueError, OSError) as exc:
        raise InvalidConnectionStringError("the identity", f"was refused by azure-identity: {exc}") from exc


def _application_credential(identity: Identity) -> TokenCredential:
    from azure.identity import CertificateCredential, ClientSecretCredential

    tenant_id, client_id = identity.tenant_id or "", identity.client_id or ""
    if identity.client_secret:
        return ClientSecretCredential(tenant_id, client_id, identity.client_secret)
    return CertificateCredential(tenant_id, client_id, identity.client_certificate)
