"""What lvm reports, as versions 2.03.16 and 2.03.31 print it."""

import pytest

from backends.volume_group import places_in, volumes_in
from installer.errors import InstallError
from installer.machinery import Volume

VOLUMES = """\
  {
      "report": [
          {
              "lv": [
                  {"lv_name":"data", "lv_size":"96468992"},
                  {"lv_name":"a", "lv_size":"33554432"}
              ]
          }
      ]
  }
"""
PLACES = """\
  {
      "report": [
          {
              "pv": [
                  {"pv_name":"/dev/mapper/atomos", "vg_name":"atomos", "vg_uuid":"enkEqY"},
                  {"pv_name":"[unknown]", "vg_name":"old", "vg_uuid":"0x33Wl"},
                  {"pv_name":"/dev/sdb", "vg_name":"", "vg_uuid":""}
              ]
          }
      ]
      ,
      "log": [
      ]
  }
"""


def test_volumes_by_name() -> None:
    assert volumes_in(VOLUMES) == (
        Volume(name="a", size_bytes=33554432),
        Volume(name="data", size_bytes=96468992),
    )


def test_places() -> None:
    found = [(each.device, each.group, each.group_uuid) for each in places_in(PLACES)]
    assert found == [
        ("/dev/mapper/atomos", "atomos", "enkEqY"),
        ("[unknown]", "old", "0x33Wl"),
        ("/dev/sdb", "", ""),
    ]


@pytest.mark.parametrize("report", ["", "{}", '{"report": []}', '{"report": [{"vg": []}]}', "[1]"])
def test_a_report_that_is_none(report: str) -> None:
    with pytest.raises(InstallError, match="report that cannot be read") as caught:
        volumes_in(report)
    assert caught.value.tool_words == report
