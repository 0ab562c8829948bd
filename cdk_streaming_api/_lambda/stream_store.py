"""Define the table that streams are kept in, and what functions may do with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aws_cdk import Acknowledgment, Duration, RemovalPolicy, Token, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from .._common.argument_checks import check_whole
from .._common.keyword_options import InitSignature, checks_arguments
from .._common.tokens import known_amount

if TYPE_CHECKING:  # imported for types only: at run time it would slow every synth
    from aws_cdk import aws_kms as kms

# A stream is held in memory until it is written.
_BYTES = range(1024, 64 * 1024 * 1024 + 1)
_SECONDS = range(60, 7 * 24 * 3600 + 1)
#: what a function does -> the actions on the table
_WRITE = ("dynamodb:PutItem", "dynamodb:UpdateItem")
_READ = ("dynamodb:GetItem", "dynamodb:Query")
_DELETE = ("dynamodb:DeleteItem",)
# "Amazon DynamoDB Developer Guide", encryption.usagenotes: what a principal needs of a customer managed key.
_DECRYPT = ("kms:Decrypt", "kms:DescribeKey")
_ENCRYPT = ("kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")
# "Service Authorization Reference", condition keys of Amazon DynamoDB: the flag, and the key of its row.
_FLAG = ("cancel_flag", "pk", "sk")
# the newest stream of a chat, which it has no more once that is stopped
_CHAT = "stream_id"
_NO_RECOVERY = "what is in the table expires within hours; a stream that is lost is asked for again"


class StreamStore(Construct):
    """Defines a DynamoDB table that keeps streams, so that clients resume, follow and cancel them.

    For every stream of an API, and for streams of one function::

        store = StreamStore(self, "Streams")
        api = StreamingApi(self, "Kept", model=BedrockModel("amazon.nova-lite-v1:0"), store=store)
        api.add_stream("chat")

    An API with a store has ``GET /streams/{id}``, ``POST /streams/{id}/cancel`` and ``DELETE /streams/{id}``.
    The table is billed on demand, and it is removed with the stack.
    """

    __signature__ = InitSignature()

    @checks_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        ttl: Duration | None = None,
        max_bytes: int = 1_048_576,
        encryption_key: kms.IKey | None = None,
    ) -> None:
        """Define the table.

        :param scope: the construct to define it in.
        :param construct_id: id of the construct.
        :param ttl: how long a stream is kept after its end, 1 minute to 7 days. Default: 1 hour
        :param max_bytes: how large a stream may be to be kept, 1 KiB to 64 MiB; a larger one goes on, and is
            no longer resumable. Default: 1 MiB, which is about 250,000 tokens
        :param encryption_key: the key that encrypts the table. Default: - a key that DynamoDB owns
        :raises ValueError: when ``ttl`` or ``max_bytes`` is out of range.
        """
        super().__init__(scope, construct_id)
        if ttl and ttl.is_unresolved():
            raise ValueError("ttl must be known at synth: it is checked there, got a token")
        seconds = int(known_amount("ttl", ttl, "seconds") or 0) if ttl else 3600
        if Token.is_unresolved(max_bytes):
            raise ValueError("max_bytes must be known at synth: it is checked there, got a token")
        check_whole("ttl", seconds, _SECONDS, "1 minute to 7 days, in seconds")
        check_whole("max_bytes", max_bytes, _BYTES, "1024 to 67108864")
        from aws_cdk import aws_dynamodb as dynamodb  # imported on first use: most apps have no store

        self._key = encryption_key
        self._limits = {"STREAM_STORE_MAX_BYTES": str(max_bytes), "STREAM_STORE_TTL": str(seconds)}
        self._writers: set[str] = set()
        self._readers: set[str] = set()
        self.table = dynamodb.Table(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="sk", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            time_to_live_attribute="expires_at",
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED if encryption_key else None,
            encryption_key=encryption_key,
            removal_policy=RemovalPolicy.DESTROY,
        )
        Validations.of(self.table).acknowledge(
            Acknowledgment(id="AwsSolutions::AwsSolutions-DDB3", reason=_NO_RECOVERY)
        )

    @checks_arguments
    def keep_streams_of(self, function: lambda_.Function, *, replay: bool = False) -> None:
        """Let a function keep its streams here; a StreamingFunction with ``store`` does so by itself.

        :param function: a Python function with the streaming layer. It may put and update rows, and may read
            none.
        :param replay: whether it also answers a ``Last-Event-ID`` of a kept stream by itself, as browsers and
            fetch-event-source send it when they repeat a request, and may read rows. Default: False
        """
        if replay and function.node.path not in self._readers:
            self._readers.add(function.node.path)
            function.add_environment("STREAM_STORE_REPLAY", "true")
            self._allow(function, _READ)
        if function.node.path in self._writers:
            return
        self._writers.add(function.node.path)
        function.add_environment("STREAM_STORE_TABLE", self.table.table_name)
        for name, value in self._limits.items():
            function.add_environment(name, value)
        self._allow(function, _WRITE)
        self._allow_key(function, (*_DECRYPT, *_ENCRYPT))

    @checks_arguments
    def grant_read(self, grantee: iam.IGrantable) -> None:
        """Allow a principal to read every stream; the bundled reader has it.

        :param grantee: the role, user or function that reads.
        """
        self._allow(grantee, _READ)
        self._allow_key(grantee, _DECRYPT)

    @checks_arguments
    def grant_cancel(self, grantee: iam.IGrantable) -> None:
        """Allow a principal to ask the writer of any stream to stop, and to write nothing else.

        :param grantee: the role, user or function that cancels.
        """
        self._allow(grantee, ("dynamodb:UpdateItem",), _only(*_FLAG))
        self._allow_key(grantee, (*_DECRYPT, *_ENCRYPT))

    @checks_arguments
    def grant_stop(self, grantee: iam.IGrantable) -> None:
        """Allow a principal to find the stream of any chat, and to ask its writer to stop.

        :param grantee: the role, user or function that stops.
        """
        self._allow(grantee, ("dynamodb:UpdateItem",), _only(*_FLAG, _CHAT))
        self._allow(grantee, ("dynamodb:GetItem",))
        self._allow_key(grantee, (*_DECRYPT, *_ENCRYPT))

    @checks_arguments
    def grant_erase(self, grantee: iam.IGrantable) -> None:
        """Allow a principal to stop any stream and to delete its rows.

        :param grantee: the role, user or function that erases.
        """
        self.grant_cancel(grantee)
        self._allow(grantee, (*_READ, *_DELETE))

    def _allow(
        self,
        grantee: iam.IGrantable,
        actions: tuple[str, ...],
        conditions: Mapping[str, object] | None = None,
    ) -> None:
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=[*actions], resources=[self.table.table_arn], conditions=dict(conditions or {})
            )
        )

    def _allow_key(self, grantee: iam.IGrantable, actions: tuple[str, ...]) -> None:
        if self._key:
            self._key.grant(grantee, *actions)


def _only(*attributes: str) -> Mapping[str, object]:
    """Return the condition of a write that names no other attributes, and returns none."""
    return {
        "ForAllValues:StringEquals": {"dynamodb:Attributes": [*attributes]},
        "StringEqualsIfExists": {"dynamodb:ReturnValues": ["NONE", "UPDATED_NEW", "UPDATED_OLD"]},
    }
