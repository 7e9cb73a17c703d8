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
    "ball1997": Reference(
        "Ball (1997)", where="An Elementary Introduction to Modern Convex Geometry, Cambridge University Press"
    ),
    "bengio2003": Reference(
        "Bengio et al. (2003)", url="https://www.jmlr.org/papers/v3/bengio03a.html", where="JMLR 3, 1137-1155"
    ),
    "biderman2023": Reference("Biderman et al. (2023)", doi="10.48550/arXiv.2304.01373"),
    "bolukbasi2016": Reference("Bolukbasi et al. (2016)", doi="10.48550/arXiv.1607.06520"),
    "brown2020": Reference("Brown et al. (2020)", doi="10.48550/arXiv.2005.14165"),
    "clark2020": Reference("Clark et al. (2020)", doi="10.48550/arXiv.2003.10555"),
    "css2022": Reference(
        "World Wide Web Consortium (2022)",
        url="https://www.w3.org/TR/css-color-4/#named-colors",
        where="CSS Color Module Level 4, section 6.1",
    ),
    "deepseek2024": Reference("DeepSeek-AI (2024)", doi="10.48550/arXiv.2412.19437"),
    "deerwester1990": Reference(
        "Deerwester et al. (1990)", doi="10.1002/(SICI)1097-4571(199009)41:6<391::AID-ASI1>3.0.CO;2-9"
    ),
    "deese1965": Reference(
        "Deese (1965)", where="The Structure of Associations in Language and Thought, Johns Hopkins Press"
    ),
    "devlin2019": Reference("Devlin et al. (2019)", doi="10.18653/v1/N19-1423"),
    "elhage2022": Reference("Elhage et al. (2022)", doi="10.48550/arXiv.2209.10652"),
    "elman1990": Reference("Elman (1990)", doi="10.1207/s15516709cog1402_1"),
    "faruqui2016": Reference("Faruqui et al. (2016)", doi="10.18653/v1/W16-2506"),
    "finkelstein2002": Reference("Finkelstein et al. (2002)", doi="10.1145/503104.503110"),
    "firth1957": Reference(
        "Firth (1957)", where="A Synopsis of Linguistic Theory, in Studies in Linguistic Analysis, Blackwell"
    ),
    "gemma2025": Reference("Gemma Team (2025)", doi="10.48550/arXiv.2503.19786"),
    "gladkova2016": Reference("Gladkova, Drozd and Matsuoka (2016)", doi="10.18653/v1/N16-2002"),
    "gonen2019": Reference("Gonen and Goldberg (2019)", doi="10.18653/v1/N19-1061"),
    "grattafiori2024": Reference("Grattafiori et al. (2024)", doi="10.48550/arXiv.2407.21783"),
    "hanley1982": Reference("Hanley and McNeil (1982)", doi="10.1148/radiology.143.1.7063747"),
    "harris1954": Reference("Harris (1954)", doi="10.1080/00437956.1954.11659520"),
    "hill2015": Reference("Hill, Reichart and Korhonen (2015)", doi="10.1162/COLI_a_00237"),
    "hinton1986": Reference(
        "Hinton, McClelland and Rumelhart (1986)", where="Parallel Distributed Processing, volume 1, MIT Press"
    ),
    "inan2017": Reference("Inan, Khosravi and Socher (2017)", doi="10.48550/arXiv.1611.01462"),
    "jiang2023": Reference("Jiang et al. (2023)", doi="10.48550/arXiv.2310.06825"),
    "justeson1991": Reference(
        "Justeson and Katz (1991)", url="https://aclanthology.org/J91-1001/", where="ACL Anthology J91-1001"
    ),
    "kaufman1990": Reference("Kaufman and Rousseeuw (1990)", doi="10.1002/9780470316801"),
    "kingma2015": Reference("Kingma and Ba (2015)", doi="10.48550/arXiv.1412.6980"),
    "kobak2019": Reference("Kobak and Berens (2019)", doi="10.1038/s41467-019-13056-x"),
    "kobak2021": Reference("Kobak and Linderman (2021)", doi="10.1038/s41587-020-00809-z"),
    "lan2020": Reference("Lan et al. (2020)", doi="10.48550/arXiv.1909.11942"),
    "land2024": Reference("Land and Bartolo (2024)", doi="10.18653/v1/2024.emnlp-main.649"),
    "levy2014b": Reference(
        "Levy and Goldberg (2014)", where="Neural Word Embedding as Implicit Matrix Factorization, NIPS 27, 2177-2185"
    ),
    "linzen2016": Reference("Linzen (2016)", doi="10.18653/v1/W16-2503"),
    "loshchilov2019": Reference("Loshchilov and Hutter (2019)", doi="10.48550/arXiv.1711.05101"),
    "lund1996": Reference("Lund and Burgess (1996)", doi="10.3758/BF03204766"),
    "mccann2017": Reference("McCann et al. (2017)", doi="10.48550/arXiv.1708.00107"),
    "melamud2016": Reference("Melamud, Goldberger and Dagan (2016)", doi="10.18653/v1/K16-1006"),
    "meta2025": Reference(
        "Meta AI (2025)", url="https://ai.meta.com/blog/llama-4-multimodal-intelligence/", where="The Llama 4 herd"
    ),
    "mikolov2013a": Reference("Mikolov, Chen, Corrado and Dean (2013)", doi="10.48550/arXiv.1301.3781"),
    "mikolov2013b": Reference("Mikolov, Sutskever et al. (2013)", doi="10.48550/arXiv.1310.4546"),
    "mikolov2013c": Reference(
        "Mikolov, Yih and Zweig (2013)",
        url="https://aclanthology.org/N13-1090/",
        where="ACL Anthology N13-1090",
    ),
    "miller1995": Reference("Miller (1995)", doi="10.1145/219717.219748"),
    "nanda2023": Reference(
        "Nanda (2023)",
        url="https://www.alignmentforum.org/posts/eLNo7b56kQQerCzp2",
        where="AI Alignment Forum",
    ),
    "nickel2017": Reference("Nickel and Kiela (2017)", doi="10.48550/arXiv.1705.08039"),
    "nissim2020": Reference("Nissim, van Noord and van der Goot (2020)", doi="10.1162/coli_a_00379"),
    "pennington2014": Reference("Pennington, Socher and Manning (2014)", doi="10.3115/v1/D14-1162"),
    "peters2018": Reference("Peters et al. (2018)", doi="10.18653/v1/N18-1202"),
    "press2017": Reference(
        "Press and Wolf (2017)", url="https://aclanthology.org/E17-2025/", where="ACL Anthology E17-2025"
    ),
    "radford2018": Reference(
        "Radford et al. (2018)", where="Improving Language Understanding by Generative Pre-Training, OpenAI"
    ),
    "radford2019": Reference(
        "Radford et al. (2019)", where="Language Models Are Unsupervised Multitask Learners, OpenAI"
    ),
    "rogers2017": Reference("Rogers, Drozd and Li (2017)", doi="10.18653/v1/S17-1017"),
    "rousseeuw1987": Reference("Rousseeuw (1987)", doi="10.1016/0377-0427(87)90125-7"),
    "rumelhart1986": Reference("Rumelhart, Hinton and Williams (1986)", doi="10.1038/323533a0"),
    "schutze1998": Reference(
        "Schütze (1998)", url="https://aclanthology.org/J98-1004/", where="ACL Anthology J98-1004"
    ),
    "shaver1987": Reference("Shaver et al. (1987)", doi="10.1037/0022-3514.52.6.1061"),
    "steck2024": Reference("Steck, Ekanadham and Kallus (2024)", doi="10.48550/arXiv.2403.05440"),
    "touvron2023": Reference("Touvron et al. (2023)", doi="10.48550/arXiv.2302.13971"),
    "vandermaaten2008": Reference(
        "van der Maaten and Hinton (2008)",
        url="https://www.jmlr.org/papers/v9/vandermaaten08a.html",
        where="Journal of Machine Learning Research 9",
    ),
    "venna2001": Reference("Venna and Kaski (2001)", doi="10.1007/3-540-44668-0_68"),
    "wang2020": Reference("Wang et al. (2020)", doi="10.48550/arXiv.2002.10957"),
    "watson1994": Reference("Watson and Clark (1994)", doi="10.17077/48vt-m4t2"),
    "wattenberg2016": Reference("Wattenberg, Viégas and Johnson (2016)", doi="10.23915/distill.00002"),
    "wolf2020": Reference("Wolf et al. (2020)", doi="10.18653/v1/2020.emnlp-demos.6"),
    "word2vec2013": Reference(
        "The word2vec project (2013)", url="https://code.google.com/archive/p/word2vec/", where="Google Code Archive"
    ),
    "zhang2022": Reference("Zhang et al. (2022)", doi="10.48550/arXiv.2205.01068"),
}
