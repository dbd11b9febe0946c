"""An origin as Terraform's block; the values of its headers as variables."""

from __future__ import annotations

from typing import Any

from distributions.configuration.export.hcl import Block, Raw, identifier
from distributions.configuration.fields import items_of


def origin_block(origin: dict[str, Any], references: dict[str, str], variables: list[Block], taken: set[str]) -> Block:
    control = origin.get("OriginAccessControlId", "")
    block = Block("origin")
    block.attributes = {
        "origin_id": origin["Id"],
        "domain_name": origin["DomainName"],
        "origin_path": origin.get("OriginPath") or None,
        "connection_attempts": origin.get("ConnectionAttempts"),
        "connection_timeout": origin.get("ConnectionTimeout"),
        "response_completion_timeout": origin.get("ResponseCompletionTimeout") or None,
        "origin_access_control_id": (Raw(references[control]) if control in references else control) or None,
    }
    for header in items_of(origin.get("CustomHeaders") or {}):
        variable = identifier(f"{origin['Id']} {header['HeaderName']}", taken)
        variables.append(Block("variable", (variable,), {"type": Raw("string"), "sensitive": True}))
        block.blocks.append(Block("custom_header", attributes={"name": header["HeaderName"], "value": Raw(f"var.{variable}")}))
    shield = origin.get("OriginShield") or {}
    if shield.get("Enabled"):
        block.blocks.append(
            Block("origin_shield", attributes={"enabled": True, "origin_shield_region": shield["OriginShieldRegion"]})
        )
    identity = (origin.get("S3OriginConfig") or {}).get("OriginAccessIdentity", "")
    if identity:
        id = identity.rpartition("/")[2]
        value = Raw(references[id]) if id in references else identity
        block.blocks.append(Block("s3_origin_config", attributes={"origin_access_identity": value}))
    custom = origin.get("CustomOriginConfig")
    if custom:
        values = {
            "http_port": custom["HTTPPort"],
            "https_port": custom["HTTPSPort"],
            "origin_protocol_policy": custom["OriginProtocolPolicy"],
            "origin_ssl_protocols": items_of(custom.get("OriginSslProtocols") or {}) or ["TLSv1.2"],
            "origin_read_timeout": custom.get("OriginReadTimeout"),
            "origin_keepalive_timeout": custom.get("OriginKeepaliveTimeout"),
            # The default is left out: older providers have no argument for it.
            "ip_address_type": custom.get("IpAddressType") if custom.get("IpAddressType") != "ipv4" else None,
        }
        certificate = (custom.get("OriginMtlsConfig") or {}).get("ClientCertificateArn")
        mtls = [Block("origin_mtls_config", attributes={"client_certificate_arn": certificate})] if certificate else []
        block.blocks.append(Block("custom_origin_config", attributes=values, blocks=mtls))
    vpc = origin.get("VpcOriginConfig")
    if vpc:
        values = {
            "vpc_origin_id": vpc["VpcOriginId"],
            "owner_account_id": vpc.get("OwnerAccountId") or None,
            "origin_read_timeout": vpc.get("OriginReadTimeout"),
            "origin_keepalive_timeout": vpc.get("OriginKeepaliveTimeout"),
        }
        block.blocks.append(Block("vpc_origin_config", attributes=values))
    return block
