/// The name tables. Each list is blank-separated text, " KEY " or " KEY:VALUE ", searched as text.
#include "chem/residue_names.hpp"

#include <string>

namespace keyway::chem {
namespace {

constexpr std::string_view kStandard =
    " ALA ARG ASN ASP CYS GLN GLU GLY HIS ILE LEU LYS MET PHE PRO SER THR TRP TYR VAL ";

/// Protonation states of force fields, then modified residues of the PDB.
constexpr std::string_view kParents =
    " HIE:HIS HID:HIS HIP:HIS HIZ:HIS HSD:HIS HSE:HIS HSP:HIS HIN:HIS HIC:HIS MHS:HIS NEP:HIS"
    " CYX:CYS CYM:CYS CYZ:CYS CYT:CYS CSO:CYS CSD:CYS CSX:CYS CSS:CYS CME:CYS CMT:CYS CAS:CYS CAF:CYS "
    "CCS:CYS OCS:CYS"
    " CSW:CYS CSU:CYS CSP:CYS SCH:CYS SCY:CYS SMC:CYS SNC:CYS YCM:CYS CSR:CYS SEC:CYS CY0:CYS QCS:CYS"
    " ASH:ASP ASM:ASP IAS:ASP BFD:ASP PHD:ASP 0TD:ASP GLH:GLU GLV:GLU PCA:GLU CGU:GLU MEQ:GLN MEN:ASN SNN:ASN"
    " LYN:LYS LSN:LYS LYZ:LYS KCX:LYS LLP:LYS MLY:LYS M3L:LYS MLZ:LYS ALY:LYS FAK:LYS KPI:LYS LYR:LYS"
    " ARN:ARG AGM:ARG CIR:ARG DA2:ARG 2MR:ARG"
    " MSE:MET MHO:MET FME:MET SME:MET CXM:MET NLE:LEU MLE:LEU MK8:LEU NVA:VAL MVA:VAL"
    " SEP:SER SAC:SER OAS:SER TPO:THR BMT:THR TYM:TYR PTR:TYR TYS:TYR TPQ:TYR OMY:TYR TYI:TYR IYR:TYR"
    " HYP:PRO DPR:PRO AIB:ALA ABA:ALA DHA:SER SAR:GLY TRQ:TRP TOX:TRP 0AF:TRP HTR:TRP TRY:TRP MEA:PHE PHI:PHE"
    " DAL:ALA DAR:ARG DSG:ASN DAS:ASP DCY:CYS DGN:GLN DGL:GLU DHI:HIS DIL:ILE DLE:LEU DLY:LYS MED:MET DPN:PHE"
    " DSN:SER DTH:THR DTR:TRP DTY:TYR DVA:VAL ";

/// Side chains; N CA C O go before.
constexpr std::string_view kSideChains =
    " ALA:CB ARG:CB,CG,CD,NE,CZ,NH1,NH2 ASN:CB,CG,OD1,ND2 ASP:CB,CG,OD1,OD2 CYS:CB,SG GLN:CB,CG,CD,OE1,NE2"
    " GLU:CB,CG,CD,OE1,OE2 GLY: HIS:CB,CG,ND1,CD2,CE1,NE2 ILE:CB,CG1,CG2,CD1 LEU:CB,CG,CD1,CD2 "
    "LYS:CB,CG,CD,CE,NZ"
    " MET:CB,CG,SD,CE PHE:CB,CG,CD1,CD2,CE1,CE2,CZ PRO:CB,CG,CD SER:CB,OG THR:CB,OG1,CG2"
    " TRP:CB,CG,CD1,CD2,NE1,CE2,CE3,CZ2,CZ3,CH2 TYR:CB,CG,CD1,CD2,CE1,CE2,CZ,OH VAL:CB,CG1,CG2 ";

constexpr std::string_view kCaps = " ACE NME NMA NH2 FOR NHE CT3 ";
constexpr std::string_view kNucleotides =
    " A C G U I DA DC DG DT DU DI ADE CYT GUA URA THY RA RC RG RU A5 A3 C5 C3 G5 G3 U5 U3 DA5 DA3 DC5 DC3 "
    "DG5 DG3"
    " DT5 DT3 PSU 5MU 5MC OMC OMG OMU 2MG 7MG M2G H2U 1MA YYG 4SU ";
constexpr std::string_view kWaters = " HOH WAT DOD H2O OH2 SOL SPC TIP TP3 TP4 TP5 T3P T4P HHO ";

constexpr std::string_view kFourLetters =
    " TIP3:HOH TIP4:HOH TIP5:HOH TIPS:HOH SPCE:HOH WATR:HOH HISA:HIS HISB:HIS HISD:HIS HISE:HIS HISH:HIS "
    "HISP:HIS"
    " HIS1:HIS HIS2:HIS CYSH:CYS CYS1:CYS CYS2:CYS CYSX:CYS LYSH:LYS LYSN:LYS ASPH:ASP ASPP:ASP GLUH:GLU "
    "GLUP:GLU"
    " ARGN:ARG NHIE:HIS NHID:HIS NHIP:HIS CHIE:HIS CHID:HIS CHIP:HIS NCYX:CYS CCYX:CYS ";

constexpr std::string_view kIons =
    " LI:3 NA:11 SOD:11 NA+:11 MG:12 MG2:12 AL:13 K:19 POT:19 K+:19 CA:20 CA2:20 CAL:20 V:23 CR:24 MN:25 "
    "MN2:25 MN3:25"
    " FE:26 FE2:26 FE3:26 CO:27 3CO:27 NI:28 3NI:28 CU:29 CU1:29 CU2:29 ZN:30 ZN2:30 GA:31 RB:37 SR:38 Y1:39 "
    "YT3:39"
    " MO:42 4MO:42 RU:44 RH:45 PD:46 AG:47 CD:48 CD2:48 IN:49 CS:55 CES:55 BA:56 LA:57 CE:58 SM:62 EU:63 "
    "EU3:63 GD:64"
    " GD3:64 TB:65 YB:70 YB3:70 LU:71 W:74 OS:76 IR:77 PT:78 AU:79 HG:80 TL:81 PB:82"
    " F:9 CL:17 CLA:17 CL-:17 CIO:17 BR:35 IOD:53 ";

/// Buffers, salts, cryo-protectants, precipitants, detergents, lipids, reductants, small solvents.
constexpr std::string_view kAdditives =
    " F CL CL- CIO BR IOD SO4 SUL PO4 PI 2HP HPO NO3 NH4 CO3 BCT AZI SCN CYN PER VO4 WO4 BO3 BO4 ALF BEF MGF "
    "AF3 NO2"
    " GOL EDO EGL PEG PGE PG4 PG0 PG5 PG6 1PE 1PG 2PE P33 P6G P4G 7PE XPE PE3 PE4 PE5 PE8 12P 15P 33O M2M "
    "PDO PGO PGR"
    " PGQ BU1 BU2 BU3 MPD MRD HEZ HEX TBU EOH IPA IPH MOH POL NBU DMS DMF DMN ACN ACT ACY FMT CAC CIT FLC "
    "ICT TLA TAR"
    " SRT MLI MLA MLT SIN SUC OXL OXD OXM PPI LAC TRS BTB B3P MES EPE MPO PIN CXS BCN BIC TAM 1BO IMD PYZ"
    " BME DTT DTU DTV TCE URE GAI GDN CCN EEE ETX MXE DIO DOX DXE TFA"
    " BOG BNG LDA LMT LMN DMU HTG DDM CE1 C8E C10 SDS DAO D10 D12 DD9 OCT HP6 UND LFA R16 TRD C14 MYS 8K6"
    " OLA OLB OLC OLE PLM PAM MYR STE ACD LNL CLR CHS Y01 PC1 PCW POV PEE PEF PGV PGT CDL LPP P5S 3PE 3PH "
    "PTY SPH SPN"
    " FRU TRE SCR LAT MAL UNX ";
constexpr std::string_view kGlycans =
    " NAG NDG NGA A2G BMA MAN FUC FUL FCA GAL GLA GLC BGC SIA SLB XYP XYS RAM BGL GCU IDS IDR GCS NGS BDP ";
constexpr std::string_view kCofactors =
    " HEM HEC HEA HEB HAS HDD VER COH DHE SRM F43 MNH ZNH CLA CHL BCL BPH BCR PHO"
    " NAD NAI NAP NDP NAJ TXD FAD FDA FMN FNR RBF SFD ATP ADP AMP ANP ACP AGS APC ADX GTP GDP GMP GNP GCP "
    "GSP G2P"
    " UTP UDP UMP CTP CDP CMP TTP TMP DTP DGT DCP SAM SAH SFG COA ACO CAA MLC SCA HXC BCO COF TPP TDP TPW "
    "THD THF THG"
    " FOL MTF H4B HBI H2B BH4 BIO BTN LPA PLP PMP PLR PNS PQQ MTE MGD 2MD PGD MOS MOM MSS B12 CNC COB COY"
    " GSH GTT GDS F3S SF4 FES FS4 CLF CFM CFN NFU FCO FEO CUA CUB C2O OEX OEC FPP GPP GRG DMA IPE UQ1 UQ2 "
    "U10 PL9 MQ7 PQN"
    " Q10 AKG OGA 2OG A3P PPS ASC FE9 ";

std::string key_of(std::string_view name, char end) {
    std::string key(1, ' ');
    key.append(name).push_back(end);
    return key;
}

bool contains(std::string_view list, std::string_view name) {
    return !name.empty() && list.find(key_of(name, ' ')) != std::string_view::npos;
}

/// Value of " name:value ", empty if the name is absent.
std::string_view value_of(std::string_view list, std::string_view name) {
    const auto at = list.find(key_of(name, ':'));
    if (name.empty() || at == std::string_view::npos) return {};
    const auto begin = at + name.size() + 2;
    return list.substr(begin, list.find(' ', begin) - begin);
}

}  // namespace

bool is_standard_amino_acid(std::string_view name) { return contains(kStandard, name); }

std::string_view parent_amino_acid(std::string_view name) {
    const auto at = kStandard.find(key_of(name, ' '));
    if (name.size() == 3 && at != kStandard.npos) return kStandard.substr(at + 1, 3);
    return value_of(kParents, name);
}

std::vector<std::string_view> amino_acid_atoms(std::string_view standard_name) {
    if (!is_standard_amino_acid(standard_name)) return {};
    std::vector<std::string_view> atoms = {"N", "CA", "C", "O"};
    std::string_view side = value_of(kSideChains, standard_name);
    while (!side.empty()) {
        const auto comma = side.find(',');
        atoms.push_back(side.substr(0, comma));
        side = comma == side.npos ? std::string_view() : side.substr(comma + 1);
    }
    return atoms;
}

bool is_cap(std::string_view name) { return contains(kCaps, name); }

std::string_view from_four_letters(std::string_view name) {
    if (name.size() != 4) return {};
    if (const auto found = value_of(kFourLetters, name); !found.empty()) return found;
    // Amber's termini: NALA, CALA.
    if ((name[0] == 'N' || name[0] == 'C') && is_standard_amino_acid(name.substr(1))) {
        return parent_amino_acid(name.substr(1));
    }
    return {};
}

bool is_nucleotide(std::string_view name) { return contains(kNucleotides, name); }
bool is_water(std::string_view name) { return contains(kWaters, name); }

int ion_element(std::string_view name) {
    const auto found = value_of(kIons, name);
    return found.empty() ? 0 : std::stoi(std::string(found));
}

HetClass het_class(std::string_view name) {
    if (contains(kAdditives, name)) return HetClass::additive;
    if (contains(kGlycans, name)) return HetClass::glycan;
    if (contains(kCofactors, name)) return HetClass::cofactor;
    return HetClass::unknown;
}

}  // namespace keyway::chem
