"""Identities: the credential of azure-identity that each of them becomes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import azure.identity
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from shared.errors import InvalidConnectionStringError
from shared.identity import Identity, azure_credential

TENANT = "00000000-0000-0000-0000-000000000001"


def certificate_file(folder: Path) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "certificate.pem"
    path.write_bytes(private + pem)
    return str(path)


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        (Identity("default"), azure.identity.DefaultAzureCredential),
        (Identity("managed"), azure.identity.ManagedIdentityCredential),
        (Identity("managed", "id"), azure.identity.ManagedIdentityCredential),
        (Identity("application", "id", TENANT, "secret"), azure.identity.ClientSecretCredential),
    ],
)
def test_an_identity_becomes_the_credential_of_its_kind(identity: Identity, expected: type) -> None:
    assert type(azure_credential(identity)) is expected


def test_a_certificate_becomes_a_certificate_credential(tmp_path: Path) -> None:
    identity = Identity("application", "id", TENANT, client_certificate=certificate_file(tmp_path))
    assert type(azure_credential(identity)) is azure.identity.CertificateCredential


def test_a_certificate_that_is_not_there_is_named(tmp_path: Path) -> None:
    identity = Identity("application", "id", TENANT, client_certificate=str(tmp_path / "absent.pem"))
    with pytest.raises(InvalidConnectionStringError, match=r"absent\.pem"):
        azure_credential(identity)
