"""Authorities that nobody else knows, and certificates that they sign."""

import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

LIFETIME = datetime.timedelta(days=30)


class Authority:
    """Signs certificates for this machine. Everything is in files of its folder: PEM, as users have it."""

    def __init__(self, folder, name="Authority"):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        identifier = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
        own = self._builder(self.name, self.key).add_extension(identifier, critical=False)
        own = own.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.file = folder / "ca.pem"
        self.file.write_bytes(own.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM))

    def _builder(self, subject, key):
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - LIFETIME)
            .not_valid_after(now + LIFETIME)
        )

    def sign(self, name, key=None, form=PrivateFormat.PKCS8):
        """The files of a new certificate and of its key, which is written in one of the usual forms."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        certificate = (
            self._builder(subject, key)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(issuer, critical=False)
            .sign(self.key, hashes.SHA256())
        )
        files = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        files[0].write_bytes(certificate.public_bytes(Encoding.PEM))
        files[1].write_bytes(key.private_bytes(Encoding.PEM, form, NoEncryption()))
        return files


def keys():
    """Private keys as they are written: by the form's name, the key and the form."""
    elliptic, rivest = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)
    return {
        "PKCS8-EC": (elliptic, PrivateFormat.PKCS8),
        "SEC1": (elliptic, PrivateFormat.TraditionalOpenSSL),
        "PKCS8-RSA": (rivest, PrivateFormat.PKCS8),
        "PKCS1": (rivest, PrivateFormat.TraditionalOpenSSL),
    }
