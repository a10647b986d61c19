"""The plugin in projects of its users, each in a separate run of pytest."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

HEAVY = ("aiobotocore", "aiohttp", "botocore", "pydantic", "tenacity")
PASSING = """
    import pytest

    MARK = pytest.mark.asyncio

    @MARK
    @pytest.mark.parametrize("number", range(2))
    async def test_all_of_them(
        smsreg_emulator, sms_voice_client, social_messaging_client, end_user_messaging_client,
        number,
    ):
        assert len(smsreg_emulator.calls) == 0
        await sms_voice_client.create_opt_out_list(opt_out_list_name="a")
        await social_messaging_client.list_linked_whatsapp_business_accounts()
        await end_user_messaging_client.list_jobs()
        assert len(smsreg_emulator.calls) == 3

    @MARK
    async def test_clients_know_one_emulator_and_are_open(smsreg_emulator, sms_voice_client):
        await sms_voice_client.open()
        assert smsreg_emulator.url == sms_voice_client.aws_client.meta.endpoint_url

    @pytest.mark.asyncio(loop_scope="session")
    async def test_in_the_session_s_loop(sms_voice_client):
        await sms_voice_client.describe_pools()

    @pytest.mark.asyncio(loop_scope="class")
    class TestClass:
        async def test_one(self, sms_voice_client):
            await sms_voice_client.describe_pools()

        async def test_other(self, smsreg_emulator, sms_voice_client):
            await sms_voice_client.describe_pools()
            assert smsreg_emulator.calls.operations == ["DescribePools"]
"""


def configured(pytester: pytest.Pytester, *lines: str) -> None:
    options = (
        'filterwarnings = ["error"]',
        'asyncio_default_fixture_loop_scope = "function"',
        *lines,
    )
    pytester.makepyprojecttoml("\n".join(("[tool.pytest.ini_options]", *options)))


@pytest.mark.parametrize(
    "lines",
    [
        ['asyncio_mode = "strict"'],
        ['asyncio_mode = "auto"'],
        ['asyncio_mode = "auto"', 'asyncio_default_test_loop_scope = "module"'],
    ],
)
def test_both_modes_and_every_loop(pytester: pytest.Pytester, lines: list[str]) -> None:
    configured(pytester, *lines)
    code = PASSING
    if "auto" in lines[0]:
        code = code.replace("    @MARK\n", "")
    pytester.makepyfile(code)
    pytester.runpytest_inprocess().assert_outcomes(passed=6)


def test_a_project_that_does_not_use_it_loads_nothing_heavy(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        f"""
        import sys
        import smsreg

        def test():
            assert not [name for name in {HEAVY} if name in sys.modules]
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_without_pytest_asyncio_the_message_names_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test(sms_voice_client): pass\n\ndef test_without(): pass")
    result = pytester.runpytest_inprocess("-p", "no:asyncio", "-p", "no:anyio", "-W", "error")
    result.assert_outcomes(errors=1, passed=1)
    result.stdout.fnmatch_lines(["*needs pytest-asyncio: pip install 'pytest-asyncio>=1.0'*"])


@pytest.mark.parametrize("test", ["def test(smsreg_emulator)", "async def test(smsreg_emulator)"])
def test_outside_of_pytest_asyncio_the_message_says_how(
    pytester: pytest.Pytester, test: str
) -> None:
    configured(pytester)
    pytester.makepyfile(f"{test}: pass")
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*make the test `async def`*`@pytest.mark.asyncio`*"])


def test_an_emulator_of_the_project_s_own(pytester: pytest.Pytester) -> None:
    configured(pytester, 'asyncio_mode = "auto"')
    pytester.makeconftest(
        """
        import pytest
        from smsreg.emulator import Emulator

        @pytest.fixture
        async def smsreg_emulator():
            async with Emulator(account_tier="SANDBOX") as emulator:
                yield emulator
        """
    )
    pytester.makepyfile(
        """
        async def test(smsreg_emulator, sms_voice_client):
            attributes = await sms_voice_client.describe_account_attributes().collect()
            assert {a.value for a in attributes if a.name == "ACCOUNT_TIER"} == {"SANDBOX"}
            assert len(smsreg_emulator.calls) == 1
        """
    )
    pytester.runpytest_inprocess().assert_outcomes(passed=1)


def test_the_emulator_s_own_mistakes_are_shown(pytester: pytest.Pytester) -> None:
    configured(pytester, 'asyncio_mode = "auto"')
    pytester.makepyfile(
        """
        async def test(smsreg_emulator):
            smsreg_emulator.unexpected.append(ZeroDivisionError("the emulator's"))
        """
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*ZeroDivisionError: the emulator's"])


ANYIO = """
    import pytest

    @pytest.fixture
    def anyio_backend():
        return "{backend}"

    @pytest.mark.anyio
    @pytest.mark.parametrize("number", range(2))
    async def test_all_of_them(
        smsreg_emulator, sms_voice_client, social_messaging_client, end_user_messaging_client,
        number,
    ):
        await sms_voice_client.create_opt_out_list(opt_out_list_name="a")
        await social_messaging_client.list_linked_whatsapp_business_accounts()
        await end_user_messaging_client.list_jobs()
        assert len(smsreg_emulator.calls) == 3
"""


@pytest.mark.parametrize("alone", [False, True])
def test_anyio_runs_them_too(pytester: pytest.Pytester, *, alone: bool) -> None:
    pytester.makepyfile(ANYIO.format(backend="asyncio"))
    without = ("-p", "no:asyncio") if alone else ()
    if not alone:
        configured(pytester)
    result = pytester.runpytest_inprocess("-W", "error", *without)
    result.assert_outcomes(passed=2)


def test_another_backend_of_anyio_is_reported(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(ANYIO.format(backend="trio"))
    result = pytester.runpytest_inprocess("-p", "no:asyncio")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*runs on asyncio only*"])


def test_synchronous_tests_have_a_thread(pytester: pytest.Pytester) -> None:
    configured(pytester, 'asyncio_mode = "auto"')
    pytester.makepyfile(
        """
        import boto3

        def test(smsreg_emulator_thread):
            options = smsreg_emulator_thread.boto_options
            boto3.client("pinpoint-sms-voice-v2", **options).describe_pools()
            assert smsreg_emulator_thread.calls.operations == ["DescribePools"]

        async def test_asynchronous(smsreg_emulator_thread):
            assert smsreg_emulator_thread.url

        def test_again(smsreg_emulator_thread):
            assert len(smsreg_emulator_thread.calls) == 0

        def test_mistakes(smsreg_emulator_thread):
            smsreg_emulator_thread.unexpected.append(ZeroDivisionError("the emulator's"))
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:anyio")
    result.assert_outcomes(passed=4, errors=1)
    result.stdout.fnmatch_lines(["*ZeroDivisionError: the emulator's"])
