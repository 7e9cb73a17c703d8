"""The sources that the ledger cites: an output of a notebook cannot use the site's citation roles, so it prints these.

Keys are those of the book's bibliography.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """A source as a sentence names it, and its DOI or, where it has none, its address or publisher."""

    name: str
    doi: str = ""
    url: str = ""
    where: str = ""

    def markdown(self) -> str:
        """Name and link, as Markdown.

        >>> Reference("Hill et al. (2015)", doi="10.1162/COLI_a_00237").markdown()
        'Hill et al. (2015), [doi:10.1162/COLI_a_00237](https://doi.org/10.1162/COLI_a_00237)'
        """
        if self.doi:
            return f"{self.name}, [doi:{self.doi}](https://doi.org/{self.doi})"
        if self.url:
            return f"{self.name}, [{self.where}]({self.url})"
        return f"{self.name}, {self.where}"

    def text(self) -> str:
        """Name and where to find it, without a link."""
        return f"{self.name}, {f'doi:{self.doi}' if self.doi else self.where}"


REFERENCES: Mapping[str, Reference] = {
    "bolukbasi2016": Reference("Bolukbasi et al. (2016)", doi="10.48550/arXiv.1607.06520"),
    "deese1965": Reference(
        "Deese (1965)", where="The Structure of Associations in Language and Thought, Johns Hopkins Press"
    ),
    "faruqui2016": Reference("Faruqui et al. (2016)", doi="10.18653/v1/W16-2506"),
    "finkelstein2002": Reference("Finkelstein et al. (2002)", doi="10.1145/503104.503110"),
    "gemma2025": Reference("Gemma Team (2025)", doi="10.48550/arXiv.2503.19786"),
    "gladkova2016": Reference("Gladkova, Drozd and Matsuoka (2016)", doi="10.18653/v1/N16-2002"),
    "gonen2019": Reference("Gonen and Goldberg (2019)", doi="10.18653/v1/N19-1061"),
    "harris1954": Reference("Harris (1954)", doi="10.1080/00437956.1954.11659520"),
    "hill2015": Reference("Hill, Reichart and Korhonen (2015)", doi="10.1162/COLI_a_00237"),
    "justeson1991": Reference(
        "Justeson and Katz (1991)", url="https://aclanthology.org/J91-1001/", where="ACL Anthology J91-1001"
    ),
    "kaufman1990": Reference("Kaufman and Rousseeuw (1990)", doi="10.1002/9780470316801"),
    "kobak2019": Reference("Kobak and Berens (2019)", doi="10.1038/s41467-019-13056-x"),
    "kobak2021": Reference("Kobak and Linderman (2021)", doi="10.1038/s41587-020-00809-z"),
    "linzen2016": Reference("Linzen (2016)", doi="10.18653/v1/W16-2503"),
    "mikolov2013a": Reference("Mikolov, Chen, Corrado and Dean (2013)", doi="10.48550/arXiv.1301.3781"),
    "mikolov2013c": Reference(
        "Mikolov, Yih and Zweig (2013)",
        url="https://aclanthology.org/N13-1090/",
        where="ACL Anthology N13-1090",
    ),
    "nanda2023": Reference(
        "Nanda (2023)",
        url="https://www.alignmentforum.org/posts/eLNo7b56kQQerCzp2",
        where="AI Alignment Forum",
    ),
    "nissim2020": Reference("Nissim, van Noord and van der Goot (2020)", doi="10.1162/coli_a_00379"),
    "pennington2014": Reference("Pennington, Socher and Manning (2014)", doi="10.3115/v1/D14-1162"),
    "rogers2017": Reference("Rogers, Drozd and Li (2017)", doi="10.18653/v1/S17-1017"),
    "rousseeuw1987": Reference("Rousseeuw (1987)", doi="10.1016/0377-0427(87)90125-7"),
    "shaver1987": Reference("Shaver et al. (1987)", doi="10.1037/0022-3514.52.6.1061"),
    "steck2024": Reference("Steck, Ekanadham and Kallus (2024)", doi="10.48550/arXiv.2403.05440"),
    "vandermaaten2008": Reference(
        "van der Maaten and Hinton (2008)",
        url="https://www.jmlr.org/papers/v9/vandermaaten08a.html",
        where="Journal of Machine Learning Research 9",
    ),
    "venna2001": Reference("Venna and Kaski (2001)", doi="10.1007/3-540-44668-0_68"),
    "wang2020": Reference("Wang et al. (2020)", doi="10.48550/arXiv.2002.10957"),
    "watson1994": Reference("Watson and Clark (1994)", doi="10.17077/48vt-m4t2"),
    "wattenberg2016": Reference("Wattenberg, Viégas and Johnson (2016)", doi="10.23915/distill.00002"),
}
