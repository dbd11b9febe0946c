"""What CloudFront takes for single values, as sets and patterns.

Sources: CloudFront API Reference, "ViewerCertificate", "DistributionConfig" (WebACLId), "GeoRestriction"; Developer Guide,
"Cache behavior settings", "Default root object", "Tag a distribution", "Add custom headers to origin requests".
"""

from __future__ import annotations

import re

HOST = re.compile(r"(?:\*\.)?(?:[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}", re.IGNORECASE)
PATTERN = re.compile(r"[A-Za-z0-9_\-.*$/~\"'@:+&?]+")
ROOT_OBJECT = re.compile(r"[A-Za-z0-9_.*$/~\"'&-]*")
TAG = re.compile(r"[\w\s.:/=+\-@]*", re.UNICODE)
TLS = re.compile(r"SSLv3|TLSv1(\.\d)?(_20\d\d)?")
WEB_ACL = re.compile(r"arn:aws[\w-]*:wafv2:us-east-1:\d{12}:global/webacl/[\w-]+/[0-9a-fA-F-]{36}|[0-9a-fA-F-]{36}")
ADDRESS = re.compile(r"[\d.]+")
HEADERS_NEVER_SENT = re.compile(
    "cache-control|connection|content-length|cookie|host|if-match|if-modified-since|if-none-match|if-range"
    "|if-unmodified-since|max-forwards|pragma|proxy-authorization|proxy-connection|range|request-range|te|trailer"
    "|transfer-encoding|upgrade|via|x-amz-.*|x-edge-.*|x-real-ip",
    re.IGNORECASE,
)
# ISO 3166-1 alpha-2, and XK, by which Kosovo goes.
COUNTRIES = frozenset(
    re.findall(
        r"[A-Z]{2}",
        """
        AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY
        BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK
        FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR
        IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK
        ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM
        PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF
        TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
        """,
    )
)
